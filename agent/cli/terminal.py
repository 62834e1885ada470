"""Show a run on a terminal: events on stderr, answer on stdout."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from rich.syntax import Syntax
from rich.text import Text

from agent.cli.console import Console, warn
from agent.record import events
from agent.record.events import Event
from agent.record.run_outcome import RunOutcome
from tools.models.download.missing_clients import client_gaps
from tools.models.profile import Profile

_MIB = 1 << 20


class Terminal:
    """Prints the events of a run, with a status line below."""

    def __init__(self) -> None:
        self.log = Console(stderr=True, highlight=False, soft_wrap=True)
        self.answer = Console(highlight=False, soft_wrap=True)
        self._status = self.log.status("", spinner="dots")
        self._texts: dict[str, str] = {}

    def show(self, event: Event) -> None:
        match event:
            case events.RunStarted(run=run):
                self._print_line(f"run {run}", "dim")
                self._show_status("planning")
            case events.FileReduced(text=text):
                self._print_line(text, "yellow")
            case events.RunResumed(run=run, finished_commands=count):
                self._print_line(f"run {run} continues; {count} commands are finished", "dim")
            case events.PlanText() | events.AnswerText():
                self._show_status("writing")
            case events.PlanRejected(problems=problems):
                self._print_line("the plan has a problem: " + problems[0], "yellow")
            case events.PlanAccepted(plan=plan):
                self._hide_status()
                indented = textwrap.indent(plan.rstrip(), "  ")
                self.log.print(Syntax("", "python").highlight(indented), end="")
            case events.ReviewAsked(estimate=estimate) if estimate:
                for reason in estimate.reasons:
                    self._print_line(f"you are asked because {reason}", "yellow")
            case events.WeightsPulled(model=model, done_bytes=done, total_bytes=total):
                self._show_status(f"fetching {model}: {done // _MIB} of {total // _MIB} MiB")
            case events.ModelLoading(model=model):
                self._show_status(f"loading {model}")
            case events.CommandStarted(path=path, text=text):
                self._texts[path] = text
                self._show_status(text)
            case events.CommandProgress(path=path, fraction=fraction, message=message):
                self._show_status(f"{self._texts.get(path, path)}  {fraction:.0%} {message}")
            case events.CommandRetried(path=path, rule=rule, error=error):
                self._print_line(f"  ↻ {self._texts.get(path, path)}: {error} ({rule})", "yellow")
            case events.CommandFinished(
                path=path, result_text=result, seconds=seconds, cached=cached
            ):
                time = "cached" if cached else f"{seconds:.1f} s"
                first, _, rest = result.partition("\n")
                first = f"{first[:100]} …" if rest or len(first) > 100 else first
                self._print_line(f"  ✓ {self._texts.get(path, path)}  {time}  {first}", "green")
            case events.CommandFailed(text=text, error=error):
                self._print_line(f"  ✗ {text}: {error}", "red")
            case events.CommandSkipped(text=text, reason=reason):
                self._print_line(f"  – {text}: {reason}", "yellow")
            case events.AttentionShown(description=description):
                self._print_line(f"  {description}", "dim")
            case events.RunFinished(state="failed", error=error):
                self._print_line(error or "failed", "red")
            case events.RunFinished(state="stopped"):
                self._print_line("stopped; finished commands are kept", "yellow")
            case _:
                pass

    def show_answer(self, outcome: RunOutcome, paths: Mapping[str, Path]) -> None:
        """Print the answer and the paths of its files."""
        self._hide_status()
        if outcome.answer:
            self.answer.print(Text(outcome.answer))
        elif outcome.state == "done":
            self._print_line("(the result has no words)", "dim")
        if outcome.source:
            self._print_line(f"(these are words of {outcome.source})", "dim")
        for name, path in paths.items():
            self.answer.print(Text(f"{name}: {path}", style="cyan"))

    def note(self, line: str) -> None:
        """Print a line between the events."""
        self._print_line(line, "dim")

    def _print_line(self, line: str, style: str) -> None:
        self.log.print(Text(line, style=style))

    def _show_status(self, activity: str) -> None:
        if self.log.is_terminal:
            self._status.update(Text(activity, style="dim", overflow="ellipsis", end=""))
            self._status.start()

    def _hide_status(self) -> None:
        self._status.stop()


def warn_of_missing_clients(profile: Profile) -> None:
    """Warn of tools and models whose package client is not installed."""
    for gap in client_gaps(profile):
        warn(f"{gap}\nhint: {gap.fix}")
