"""Run a request, print its events and write its results as files."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import (
    AsyncExitStack,
    ExitStack,
    contextmanager,
    redirect_stdout,
    suppress,
)
from pathlib import Path
from typing import Protocol, TextIO

from agent.api.answer import Answer
from agent.cli.console import warn
from agent.cli.terminal import Terminal
from agent.record.artifacts import ArtifactStore
from agent.record.control_characters import json_text
from agent.record.events import Event, to_json
from agent.record.journal import Runs
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings

_STDOUT, _STDERR = 1, 2

StartRun = Callable[[AgentRuntime], AsyncGenerator[Event]]


class View(Protocol):
    """Shows the events and the answer of a run."""

    def show(self, event: Event) -> None: ...

    def show_answer(self, outcome: RunOutcome, paths: Mapping[str, Path]) -> None: ...


class JsonLines:
    """Prints each event as a line of JSON, and the answer last."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def show(self, event: Event) -> None:
        print(to_json(event), file=self._output, flush=True)

    def show_answer(self, outcome: RunOutcome, paths: Mapping[str, Path]) -> None:
        kinds = {
            name: value["kind"]
            for name, value in ((result.name, result.value) for result in outcome.results)
            if isinstance(value, dict)
        }
        artifacts = [
            {"name": name, "kind": kinds.get(name, "list"), "path": str(path)}
            for name, path in paths.items()
        ]
        summary = {
            "event": "Answer",
            "run": outcome.run,
            "state": outcome.state,
            "text": outcome.answer,
            "source": outcome.source,
            "artifacts": artifacts,
            "error": outcome.error,
        }
        print(json_text(summary), file=self._output, flush=True)


async def run_and_print(
    settings: Settings, start_run: StartRun, *, out: Path | None, as_json: bool
) -> int:
    """Run, print events and write results; return the exit code."""
    async with AsyncExitStack() as stack:
        view: View = JsonLines(stack.enter_context(_reserve_stdout())) if as_json else Terminal()
        agent = await stack.enter_async_context(AgentRuntime.open(settings))
        for plugin in agent.session.broken:
            warn(f"left out: {plugin}")
        outcome = RunOutcome()
        await outcome.consume(start_run(agent), view.show)
        while outcome.state == "waiting" and not as_json and sys.stdin.isatty():
            decision = await asyncio.to_thread(ask_for_decision)
            await outcome.consume(agent.resume(outcome.run, decision), view.show)
        run = agent.runs.find(outcome.run)
        outcome = RunOutcome.of(run.events())  # a resumed run began with events before these
        answer = Answer(outcome, agent.session.store, run.folder)
        view.show_answer(outcome, answer.save(out) if out else answer.files)
        if outcome.state == "waiting" and not as_json:
            print(f"waiting: batuta resume {outcome.run} --approve", file=sys.stderr)
        return 0 if outcome.state in ("done", "waiting") else 1


@contextmanager
def _reserve_stdout() -> Generator[TextIO]:
    """Reserve stdout for JSON: what tools print goes to stderr meanwhile."""
    with ExitStack() as stack:
        output = sys.stdout
        with suppress(OSError, ValueError):  # a test's stdout is no file
            if output.fileno() == _STDOUT:
                # Libraries in C write to the descriptor, not to sys.stdout.
                output.flush()
                copy = stack.enter_context(os.fdopen(os.dup(_STDOUT), "w", encoding="utf-8"))
                stack.callback(os.dup2, copy.fileno(), _STDOUT)
                os.dup2(_STDERR, _STDOUT)
                output = copy
        stack.enter_context(redirect_stdout(sys.stderr))
        yield output


def ask_for_decision() -> Decision:
    """Read a decision on a plan under review from the keyboard."""
    answer = input("Run this plan? [Y/n] ").strip().lower()
    return Decision("approve" if answer in ("", "y", "yes") else "refuse")


def settings_of(run_id: str, tool_files: tuple[Path, ...], home: Path) -> Settings:
    """Return the settings of an earlier run, with these tool files."""
    start_event = Runs(home / "runs").find(run_id).start_event()
    return Settings(start_event.profile, start_event.language_model, tool_files, home=home)


def replay_run(run_id: str, home: Path, *, as_json: bool) -> int:
    """Show the trace of a run and return the run's exit code."""
    run = Runs(home / "runs").find(run_id)
    view: View = JsonLines(sys.stdout) if as_json else Terminal()
    outcome = RunOutcome()
    for event in run.events():
        outcome.update(event)
        view.show(event)
    answer = Answer(outcome, ArtifactStore(str(home / "artifacts")), run.folder)
    view.show_answer(outcome, answer.files)
    return 0 if outcome.state == "done" else 1
