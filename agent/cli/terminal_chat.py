"""Chat in the terminal."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

from agent.api.answer import Answer
from agent.cli.console import fail
from agent.cli.run_and_print import ask_for_decision
from agent.cli.terminal import Terminal, warn_of_missing_clients
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Settings
from tools.errors import BatutaError
from tools.operating_system import on_interrupt

HELP = """\
Type a request. Add files by path; they are named image1, audio1, … :
  /file PATH…   add pictures, sounds, films or texts to the next request
  /names        list the names of the conversation
  /tools        list the tools
  /new          start a new conversation
  /help         show this text
  /quit         leave (also Ctrl-D); Ctrl-C stops a request"""


async def run_terminal_chat(settings: Settings) -> None:
    """Run requests from the keyboard until /quit or Ctrl-D."""
    async with AgentRuntime.open(settings) as agent:
        chat = _TerminalChat(agent)
        chat.view.note(
            f"{agent.session.language_model_name}, profile {settings.profile!r}. /help for help"
        )
        warn_of_missing_clients(agent.session.profile)
        warm_up_task = asyncio.create_task(agent.warm_up())
        try:
            while (line := await _read_line()) not in (None, "/quit", "/exit"):
                try:
                    await chat.handle_line(line)
                except BatutaError as error:
                    fail(error)
        finally:
            # An error of the warm-up is raised again by the next request.
            warm_up_task.cancel()
            await asyncio.gather(warm_up_task, return_exceptions=True)


class _TerminalChat:
    def __init__(self, agent: AgentRuntime) -> None:
        self.agent = agent
        self.view = Terminal()
        self._conversation = ""
        self._files: list[Path] = []

    async def handle_line(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        match command:
            case "":
                return
            case "/help":
                self.view.note(HELP)
            case "/file":
                self._files += [Path(argument).expanduser() for argument in shlex.split(rest)]
                self.view.note(f"with the next request: {', '.join(map(str, self._files))}")
            case "/names":
                for name, description in (
                    await self.agent.describe_names(self._conversation)
                ).items():
                    self.view.note(f"{name}: {description}")
            case "/tools":
                for tool in self.agent.session.offered.values():
                    self.view.note(f"{tool.signature}\n    {tool.description}")
            case "/new":
                self._conversation, self._files = "", []
            case _ if command.startswith("/"):
                self.view.note(f"{command!r} is not a command; /help lists them")
            case _:
                await self._run_request(line)

    async def _run_request(self, line: str) -> None:
        outcome = RunOutcome()
        task = asyncio.ensure_future(self._run_with_review(line, outcome))
        # Ctrl-C stops the request, not the conversation.
        with on_interrupt(asyncio.get_running_loop(), task.cancel):
            await asyncio.wait({task})
        if not task.cancelled():
            task.result()
            self._files = []
        store = self.agent.session.store
        if outcome.run:
            self._conversation = self._conversation or outcome.run
            answer = Answer(outcome, store, self.agent.runs.find(outcome.run).folder)
            self.view.show_answer(outcome, answer.files)

    async def _run_with_review(self, line: str, outcome: RunOutcome) -> None:
        await outcome.consume(
            self.agent.run(line, self._files, conversation=self._conversation), self.view.show
        )
        while outcome.state == "waiting":
            decision = await asyncio.to_thread(ask_for_decision)
            await outcome.consume(self.agent.resume(outcome.run, decision), self.view.show)


async def _read_line() -> str | None:
    try:
        return (await asyncio.to_thread(input, "\n> ")).strip()
    except EOFError:
        return None
