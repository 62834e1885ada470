"""What every peer works with: tools, files by name, a language model, and a record of its run.

Peers differ only in what they ask the language model for and how they read its output. Calls run in
our runtime, so that retries, caches and memory are the same for all agents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import BaseMessage

from agent.plan import CallSite, format_value
from agent.record.budget import Budget
from agent.record.events import CommandFinished, Event
from agent.record.usage import CallMeter, Usage
from agent.runtime.command_executor import CommandExecutor
from agent.runtime.session import Session
from evals.harness.attempt import FailedCommand, FinishedCommand, Recorder
from evals.peers.peer_failures import PeerError, PeerFailure
from tools.errors import BatutaError
from tools.media import Audio, Boxes, Image, Media, Video
from tools.models.routing import pin_of
from tools.sdk.plan_types import Type, Value, accepts, type_of_value
from tools.sdk.tool import Tool
from tools.sdk.typed_function import SEED, Parameter

MAX_STEPS = 6
"""Of agents that call the language model in a loop; the requests need three calls at most."""
_OUTPUT_TOKENS = 512
_DESCRIPTION = 100
"""Characters of the description of a model, as in the published configuration of HuggingGPT."""
_NAME = re.compile(r"(?:[\w.-]*/)*(\w+)(?:\.\w+)?(?::.*)?", re.DOTALL)
"""A name, perhaps as a path, with a suffix or followed by its description."""


class Workspace:
    """The tools, named values and language model of one request, and what happened."""

    def __init__(self, session: Session, files: Sequence[Value]) -> None:
        self.tools: Mapping[str, Tool[..., Any]] = {
            name: tool for name, tool in session.offered.items() if isinstance(tool, Tool)
        }
        self.values: dict[str, Value] = {}
        self.outputs: list[str] = []
        """What the language model wrote."""
        self.failures: list[FailedCommand] = []
        self.usage = Usage(Budget())
        self._session = session
        self._model = session.text_model()
        self._recorder = Recorder(session.store.decode)
        self._executor = CommandExecutor(
            session,
            run="peer",
            attempt=0,
            seed=0,
            finished_results={},
            stored=set(),
            emit=self._record_command,
            budget=Budget(),
            usage=self.usage,
        )
        self._call_count = 0
        for file in files:
            self.add(file)
        self.files = tuple(self.values)

    @property
    def commands(self) -> list[FinishedCommand]:
        """The finished commands."""
        return self._recorder.attempt.commands

    async def ask(self, messages: Sequence[BaseMessage], stop: Sequence[str] = ()) -> str:
        """Return the language model's output, and count it."""
        self.usage.begin_call(_OUTPUT_TOKENS)
        answer = await self._model.ainvoke(list(messages), stop=list(stop) or None)
        CallMeter(self.usage).add(answer.usage_metadata)
        self.outputs.append(answer.text)
        return answer.text

    async def call(self, name: str, arguments: Mapping[str, object], pin: str = "") -> Value:
        """Run a tool; a failure is recorded, and raised as PeerError."""
        text = _call_text(name, arguments)
        try:
            tool = self._tool(name)
            self._call_count += 1
            site = CallSite(
                path=str(self._call_count),
                tool=tool,
                pin=pin,
                arguments=self._check(tool, arguments),
                line=0,
                text=text,
                name="",
                occurrence=self._call_count,
            )
            return await self._executor(site)
        except BatutaError as error:
            failure = PeerError.from_error(error)
            self.record(failure, text)
            raise failure from error

    def record(self, failure: PeerError, text: str = "") -> None:
        """Record a failure; the last one of a run says why the request failed."""
        self.failures.append(FailedCommand(text=text, error=str(failure), kind=failure.kind))

    def candidate_models(self, name: str) -> list[dict[str, str]]:
        """Return the models of a tool with what they cannot do, the best first."""
        if name not in self.tools or self.tools[name].model_class is None:
            return []
        return [
            {"id": pin_of(card.id), "description": f"cannot {card.limitations}"[:_DESCRIPTION]}
            for card in self._session.profile.cards_for(name)
        ]

    def add(self, value: Value) -> str:
        """Name a medium for later calls."""
        kind = value.kind if isinstance(value, Media) else "text"
        count = sum(name.rstrip("0123456789") == kind for name in self.values)
        name = f"{kind}{count + 1}"
        self.values[name] = value
        return name

    def file_name(self, name: str) -> str:
        """Return the name as that of a file."""
        value = self.values[name]
        return f"{name}{value.suffix}" if isinstance(value, Media) else name

    def describe(self, value: Value, *, as_files: bool = False) -> str:
        """Return a result as text; media get a name for later calls."""
        if isinstance(value, list) and any(isinstance(item, Media) for item in value):
            return "; ".join(self.describe(item, as_files=as_files) for item in value)
        if not isinstance(value, Media):
            return format_value(value)
        name = self.add(value)
        return f"{self.file_name(name) if as_files else name}: {format_value(value)}"

    def describe_files(self) -> dict[str, str]:
        """Return the description of each file of the request, by its file name."""
        return {self.file_name(name): format_value(self.values[name]) for name in self.files}

    def resolve(self, argument: object) -> Value:
        """Replace names by their values."""
        if isinstance(argument, list):
            return [self.resolve(item) for item in cast("list[object]", argument)]
        if isinstance(argument, str) and (match := _NAME.fullmatch(argument.strip())):
            return self.values.get(match[1], argument)
        return cast("Value", argument)

    def media_of(self, answer: object) -> list[Media]:
        """Return the media that an answer holds or names."""
        if isinstance(answer, list | tuple):
            items = cast("Sequence[object]", answer)
            return [medium for item in items for medium in self.media_of(item)]
        if isinstance(answer, str):
            names = dict.fromkeys(re.findall(r"[a-z]+\d+", answer))
            return self.media_of([self.values[name] for name in names if name in self.values])
        return [answer] if isinstance(answer, Image | Audio | Video) else []

    def _tool(self, name: str) -> Tool[..., Any]:
        if name not in self.tools:
            raise PeerError(
                PeerFailure.UNKNOWN_TOOL,
                f"there is no tool {name!r}; there are: {', '.join(self.tools)}",
                hint="use one of these",
            )
        return self.tools[name]

    def _check(self, tool: Tool[..., Any], arguments: Mapping[str, object]) -> dict[str, Value]:
        parameters = {parameter.name: parameter for parameter in parameters_of(tool)}
        checked = {p.name: p.default for p in parameters.values() if not p.required}
        for name, argument in arguments.items():
            if name not in parameters:
                raise _wrong_argument(tool, f"{tool.name} has no parameter {name!r}")
            checked[name] = _convert(self.resolve(argument), parameters[name].type)
            if not _fits(checked[name], parameters[name].type):
                raise _wrong_argument(
                    tool, f"{name}={argument!r} is not of the type {parameters[name].type}"
                )
        for name in parameters.keys() - checked.keys():
            raise _wrong_argument(tool, f"the argument {name!r} of {tool.name} is missing")
        return checked

    def _record_command(self, event: Event) -> None:
        if isinstance(event, CommandFinished):
            self._recorder.record(event)


def parameters_of(tool: Tool[..., Any]) -> list[Parameter]:
    """Return the parameters that a caller may set."""
    return [parameter for parameter in tool.parameters if parameter.name != SEED]


def tool_lines(tools: Mapping[str, Tool[..., Any]]) -> Iterator[str]:
    """Yield a line for each tool: its signature and its description."""
    for tool in tools.values():
        yield f"- {tool.signature}: {tool.description}"


def _call_text(name: str, arguments: Mapping[str, object]) -> str:
    values = {k: v.describe() if isinstance(v, Media) else repr(v) for k, v in arguments.items()}
    return f"{name}({', '.join(f'{key}={text}' for key, text in values.items())})"


def _wrong_argument(tool: Tool[..., Any], message: str) -> PeerError:
    return PeerError(PeerFailure.WRONG_ARGUMENT, message, hint=f"call it as {tool.signature}")


def _convert(value: Value, kind: Type) -> Value:
    """Convert a value as written by a language model: "3" to 3, one item to a list of it."""
    if kind.item and not isinstance(value, list | Boxes):
        return [_convert(value, kind.item)]
    if isinstance(value, str) and kind.name in ("Number", "Integer"):
        try:
            value = float(value)
        except ValueError:
            return value
    if isinstance(value, float) and kind.name == "Integer" and value.is_integer():
        return int(value)
    if isinstance(value, str) and kind.name == "Boolean":
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.casefold(), value)
    if kind.name == "Text" and isinstance(value, int | float):
        return format_value(value)
    return value


def _fits(value: Value, kind: Type) -> bool:
    if kind.choices and isinstance(value, str):
        return value in kind.choices
    try:
        return accepts(kind, type_of_value(value))
    except TypeError:  # for example a mapping
        return False
