"""The view of one run, built from its events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.plan.plan_steps import static_path
from agent.record import events
from agent.record.artifacts import Encoded, references
from agent.record.events import Event, NamedValue, PlanStep
from agent.web.view.plan_lines import CallView, CommandStatus, LineView


@dataclass
class PlanView:
    """One plan of a run; a second follows if the first fails."""

    attempt: int
    text: str
    lines: list[LineView]


@dataclass
class DraftPlan:
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
    files: list[NamedValue] = field(default_factory=list[NamedValue])
    seed: int = 0
    given_plan: str = ""
    state: str = "queued"
    """queued, planning, running, waiting, done, failed or stopped"""
    draft: DraftPlan = field(default_factory=DraftPlan)
    problems: list[str] = field(default_factory=list[str])
    plans: list[PlanView] = field(default_factory=list[PlanView])
    estimate: events.Estimate | None = None
    attention: str = ""
    """A description of what a joint model attended to."""
    answering: str = ""
    answer: str = ""
    answer_without_failures: str = ""
    answer_source: str = ""
    """The name of the file whose words are the whole answer, if so."""
    results: list[NamedValue] = field(default_factory=list[NamedValue])
    client_calls: list[events.ClientCall] = field(default_factory=list[events.ClientCall])
    """The calls whose results the run waits for."""
    error: str = ""
    page_hint: str = ""
    """The hint for people without a command line."""
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
    def is_finished(self) -> bool:
        return self.state in ("done", "failed", "stopped")

    def lines(self) -> Iterator[LineView]:
        """Yield all lines; of a run that is done, without those a named plan did not need."""
        for plan in self.plans:
            for line in plan.lines:
                if self.state != "done" or not line.is_optional:
                    yield line

    def apply(self, event: Event) -> None:
        """Update the view from an event."""
        self.version += 1
        match event:
            case events.RunStarted():
                self.id, self.request, self.seed = event.run, event.request, event.seed
                self.files, self.given_plan = event.files, event.plan
                self._add_digests(*(file.value for file in event.files))
            case events.RunResumed():
                self.state, self.error, self.client_calls = "planning", "", []
            case events.PlanText(text=text):
                self.state, self.draft.text = "planning", self.draft.text + text
            case events.PlanRejected(problems=problems):
                self.problems, self.draft = problems, DraftPlan()
            case events.PlanAccepted():
                self._accept(event)
            case events.ReviewAsked(estimate=estimate):
                self.state, self.estimate = "waiting", estimate
            case events.AttentionShown(description=description):
                self.attention = description
            case events.ClientCallsAsked(calls=calls):
                self.state, self.client_calls = "waiting", calls
            case events.AnswerText(text=text):
                self.answering += text
            case events.AnswerFinished(text=text, results=results, source=source):
                self.answer, self.results, self.answering = text, results, ""
                self.answer_source = source
                self.answer_without_failures = event.text_without_failures
                self._add_digests(*(result.value for result in results))
            case events.UsageReported():
                self.seconds += event.seconds
                self.input_tokens += event.input_tokens
                self.output_tokens += event.output_tokens
                self.language_model_calls += event.language_model_calls
            case events.RunFinished():
                self._end(event)
            case _:
                self._apply_model_event(event)
                self._apply_command_event(event)

    def _accept(self, event: events.PlanAccepted) -> None:
        self.state, self.draft, self.problems = "running", DraftPlan(), []
        earlier = {line.step.path: line for plan in self.plans for line in plan.lines}
        same = bool(self.plans) and self.plans[-1].attempt == event.attempt
        lines = [
            earlier[step.path] if same and step.path in earlier else LineView(step)
            for step in event.steps
        ]
        if same:
            self.plans.pop()
        self.plans.append(PlanView(event.attempt, event.plan, lines))

    def _end(self, event: events.RunFinished) -> None:
        self.state, self.error, self.page_hint = event.state, event.error, event.page_hint
        self.draft, self.pulling = DraftPlan(), ""
        for line in self.lines():
            for call in line.calls.values():
                if call.status in (CommandStatus.RUNNING, CommandStatus.LOADING):
                    call.status, call.message = CommandStatus.SKIPPED, "stopped"

    def _apply_model_event(self, event: Event) -> None:
        match event:
            case events.WeightsPulled(model=model, done_bytes=done_bytes, total_bytes=total_bytes):
                self.pulling = (
                    f"fetching {model}: {done_bytes / 1e6:.0f} of {total_bytes / 1e6:.0f} MB"
                )
                self._update_calls(model, CommandStatus.LOADING, self.pulling)
            case events.ModelLoading(model=model):
                self._loading.add(model)
                self._update_calls(model, CommandStatus.LOADING, f"loading {model}")
            case events.ModelLoaded(model=model):
                self._loading.discard(model)
                self._update_calls(model, CommandStatus.RUNNING, "")
            case events.ModelLoadFailed(model=model):
                self._loading.discard(model)
            case _:
                pass

    def _update_calls(self, model: str, status: CommandStatus, message: str) -> None:
        for line in self.lines():
            for call in line.calls.values():
                busy = call.status in (CommandStatus.RUNNING, CommandStatus.LOADING)
                if busy and call.model == model:
                    call.status, call.message = status, message

    def _apply_command_event(self, event: Event) -> None:
        match event:
            case events.CommandStarted():
                self.state = "running"
                line = self._line(event.path, event.name, event.tool, event.text, event.line)
                line.calls[event.path] = CallView(event.path, CommandStatus.RUNNING)
            case events.ModelChosen(path=path, model=model, reason=reason):
                call = self._call(path)
                call.model, call.reason = model, reason
                if model in self._loading:
                    call.status, call.message = CommandStatus.LOADING, f"loading {model}"
            case events.CommandProgress():
                call = self._call(event.path)
                call.fraction, call.message = event.fraction, event.message
                call.preview = event.preview or call.preview
                self.digests |= {event.preview} - {""}
            case events.CommandRetried(path=path, rule=rule, error=error):
                self._call(path).retries.append(f"{error} ({_RULE_WORDS.get(rule, rule)})")
            case events.CommandFinished():
                call = self._call(event.path)
                call.status, call.value, call.result_text = (
                    CommandStatus.FINISHED,
                    event.value,
                    event.result_text,
                )
                call.seconds, call.cached, call.preview = event.seconds, event.cached, ""
                self._add_digests(event.value)
            case events.CommandFailed():
                line = self._line(event.path, event.name, "", event.text, event.line)
                call = line.calls.setdefault(event.path, CallView(event.path))
                call.status = CommandStatus.FAILED
                call.error, call.page_hint = event.error, event.page_hint
            case events.CommandSkipped():
                for line in self._lines_at(event.path):
                    call = line.calls.setdefault(event.path, CallView(event.path))
                    call.status, call.message = CommandStatus.SKIPPED, event.reason
            case _:
                pass

    def _line(self, path: str, name: str, tool: str, text: str, number: int) -> LineView:
        """Return the line of a path, adding one for a nested command."""
        line_path = static_path(path)
        if not self.plans:  # a joint model is the conductor: its commands are not planned
            self.plans.append(PlanView(0, "", []))
        lines = self.plans[-1].lines
        for line in lines:
            if line.step.path == line_path:
                return line
        parents = [
            index for index, line in enumerate(lines) if _is_within(line_path, line.step.path)
        ]
        step = PlanStep(line_path, name, tool, text, number)
        new_line = LineView(step, depth=lines[parents[-1]].depth + 1 if parents else 0)
        lines.insert(parents[-1] + 1 if parents else len(lines), new_line)
        return new_line

    def _lines_at(self, path: str) -> list[LineView]:
        """Return the lines of the statement at that path."""
        lines = self.plans[-1].lines if self.plans else []
        return [line for line in lines if _is_within(line.step.path, path)]

    def _call(self, path: str) -> CallView:
        for line in self.plans[-1].lines if self.plans else ():
            if path in line.calls:
                return line.calls[path]
        return self._line(path, "", "", path, 0).calls.setdefault(path, CallView(path))

    def _add_digests(self, *values: Encoded) -> None:
        for value in values:
            self.digests.update(references(value))


_RULE_WORDS = {
    "retry": "so it was retried",
    "relieve": "so memory was freed and it was retried",
}


def _is_within(path: str, outer: str) -> bool:
    return path == outer or re.match(re.escape(outer) + r"[.\[/]", path) is not None


def view_of(trace: Sequence[Event] | Iterator[Event]) -> RunView:
    """Build the view of a run from its events."""
    view = RunView()
    for event in trace:
        view.apply(event)
    return view
