"""The view of one run, built from its events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.plan.plan_steps import static_path
from agent.record import events
from agent.record.artifacts import Encoded, references
from agent.record.events import Event, Named, PlanStep
from agent.web.view.plan_lines import Call, Line, Standing


@dataclass
class PlanView:
    """One plan of a run; a second follows if the first fails."""

    attempt: int
    text: str
    lines: list[Line]


@dataclass
class Written:
    """An unfinished plan: complete lines and a partial one."""

    text: str = ""

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.split("\n")[:-1] if line.strip()]

    @property
    def growing(self) -> str:
        return self.text.rpartition("\n")[2]


@dataclass
class RunView:
    """What the page shows of a run; `apply` its events in order."""

    id: str = ""
    request: str = ""
    files: list[Named] = field(default_factory=list[Named])
    seed: int = 0
    given_plan: str = ""
    state: str = "queued"
    """queued, planning, running, waiting, done, failed or stopped"""
    writing: Written = field(default_factory=Written)
    problems: list[str] = field(default_factory=list[str])
    plans: list[PlanView] = field(default_factory=list[PlanView])
    estimate: events.Estimate | None = None
    looked: str = ""
    """A description of what a joint model attended to."""
    answering: str = ""
    answer: str = ""
    results: list[Named] = field(default_factory=list[Named])
    error: str = ""
    seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    language_model_calls: int = 0
    pulling: str = ""
    digests: set[str] = field(default_factory=set[str])
    """Digests of all media that the run received, made or previewed."""
    version: int = 0
    _loading: set[str] = field(default_factory=set[str])

    @property
    def plan(self) -> str:
        """The current plan, or the given one if none was accepted."""
        return self.plans[-1].text if self.plans else self.given_plan

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "stopped")

    def lines(self) -> Iterator[Line]:
        for plan in self.plans:
            yield from plan.lines

    def take(self, event: Event) -> None:
        """Update the view from an event."""
        self.version += 1
        match event:
            case events.RunStarted():
                self.id, self.request, self.seed = event.run, event.request, event.seed
                self.files, self.given_plan = event.files, event.plan
                self._show(*(file.value for file in event.files))
            case events.RunResumed():
                self.state, self.error = "planning", ""
            case events.PlanText(text=text):
                self.state, self.writing.text = "planning", self.writing.text + text
            case events.PlanRejected(problems=problems):
                self.problems, self.writing = problems, Written()
            case events.PlanAccepted():
                self._accept(event)
            case events.ReviewAsked(estimate=estimate):
                self.state, self.estimate = "waiting", estimate
            case events.Looked(words=words):
                self.looked = words
            case events.AnswerText(text=text):
                self.answering += text
            case events.Answered(text=text, results=results):
                self.answer, self.results, self.answering = text, results, ""
                self._show(*(result.value for result in results))
            case events.Spent():
                self.seconds += event.seconds
                self.input_tokens += event.input_tokens
                self.output_tokens += event.output_tokens
                self.language_model_calls += event.language_model_calls
            case events.RunFinished(state=state, error=error):
                self._end(state, error)
            case _:
                self._take_of_models(event)
                self._take_of_commands(event)

    def _accept(self, event: events.PlanAccepted) -> None:
        self.state, self.writing, self.problems = "running", Written(), []
        earlier = {line.step.path: line for plan in self.plans for line in plan.lines}
        same = bool(self.plans) and self.plans[-1].attempt == event.attempt
        lines = [
            earlier[step.path] if same and step.path in earlier else Line(step)
            for step in event.steps
        ]
        if same:
            self.plans.pop()
        self.plans.append(PlanView(event.attempt, event.plan, lines))

    def _end(self, state: str, error: str) -> None:
        self.state, self.error, self.writing, self.pulling = state, error, Written(), ""
        for line in self.lines():
            for call in line.calls.values():
                if call.standing in (Standing.RUNNING, Standing.LOADING):
                    call.standing, call.message = Standing.SKIPPED, "stopped"

    def _take_of_models(self, event: Event) -> None:
        match event:
            case events.WeightsPulled(model=model, done_bytes=done, total_bytes=total):
                self.pulling = f"fetching {model}: {done / 1e6:.0f} of {total / 1e6:.0f} MB"
                self._each_on(model, Standing.LOADING, self.pulling)
            case events.ModelLoading(model=model):
                self._loading.add(model)
                self._each_on(model, Standing.LOADING, f"loading {model}")
            case events.ModelLoaded(model=model):
                self._loading.discard(model)
                self._each_on(model, Standing.RUNNING, "")
            case events.ModelLoadFailed(model=model):
                self._loading.discard(model)
            case _:
                pass

    def _each_on(self, model: str, standing: Standing, message: str) -> None:
        for line in self.lines():
            for call in line.calls.values():
                busy = call.standing in (Standing.RUNNING, Standing.LOADING)
                if busy and call.model == model:
                    call.standing, call.message = standing, message

    def _take_of_commands(self, event: Event) -> None:
        match event:
            case events.CommandStarted():
                self.state = "running"
                line = self._line(event.path, event.name, event.tool, event.text, event.line)
                line.calls[event.path] = Call(event.path, Standing.RUNNING)
            case events.ModelChosen(path=path, model=model, reason=reason):
                call = self._call(path)
                call.model, call.reason = model, reason
                if model in self._loading:
                    call.standing, call.message = Standing.LOADING, f"loading {model}"
            case events.CommandProgress():
                call = self._call(event.path)
                call.fraction, call.message = event.fraction, event.message
                call.preview = event.preview or call.preview
                self.digests |= {event.preview} - {""}
            case events.CommandRetried(path=path, rule=rule, error=error):
                self._call(path).tried.append(f"{error} ({_RULE_WORDS.get(rule, rule)})")
            case events.CommandFinished():
                call = self._call(event.path)
                call.standing, call.value, call.shown = Standing.DONE, event.value, event.shown
                call.seconds, call.cached, call.preview = event.seconds, event.cached, ""
                self._show(event.value)
            case events.CommandFailed():
                line = self._line(event.path, event.name, "", event.text, event.line)
                call = line.calls.setdefault(event.path, Call(event.path))
                call.standing, call.error = Standing.FAILED, event.error
            case events.CommandSkipped():
                for line in self._lines_at(event.path):
                    call = line.calls.setdefault(event.path, Call(event.path))
                    call.standing, call.message = Standing.SKIPPED, event.reason
            case _:
                pass

    def _line(self, path: str, name: str, tool: str, text: str, number: int) -> Line:
        """Return the line of a path, adding one for a nested command."""
        at = static_path(path)
        if not self.plans:  # a joint model is the conductor: its commands are not planned
            self.plans.append(PlanView(0, "", []))
        lines = self.plans[-1].lines
        for line in lines:
            if line.step.path == at:
                return line
        parents = [place for place, line in enumerate(lines) if _within(at, line.step.path)]
        step = PlanStep(at, name, tool, text, number)
        new = Line(step, depth=lines[parents[-1]].depth + 1 if parents else 0)
        lines.insert(parents[-1] + 1 if parents else len(lines), new)
        return new

    def _lines_at(self, path: str) -> list[Line]:
        """Return the lines of the statement at that path."""
        lines = self.plans[-1].lines if self.plans else []
        return [line for line in lines if _within(line.step.path, path)]

    def _call(self, path: str) -> Call:
        for line in self.plans[-1].lines if self.plans else ():
            if path in line.calls:
                return line.calls[path]
        return self._line(path, "", "", path, 0).calls.setdefault(path, Call(path))

    def _show(self, *values: Encoded) -> None:
        for value in values:
            self.digests.update(references(value))


_RULE_WORDS = {
    "retry": "so it was retried",
    "relieve": "so memory was freed and it was retried",
}


def _within(path: str, outer: str) -> bool:
    return path == outer or re.match(re.escape(outer) + r"[.\[/]", path) is not None


def view_of(trace: Sequence[Event] | Iterator[Event]) -> RunView:
    """Build the view of a run from its events."""
    view = RunView()
    for event in trace:
        view.take(event)
    return view
