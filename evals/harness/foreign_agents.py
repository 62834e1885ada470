"""Agents of others behind one interface: a Python callable, or an HTTP endpoint.

    "my_module:answer"                        a function of this Python
    "my_file.py:answer"                       a function of a file
    "http://127.0.0.1:8000/v1/runs"           an agent with Batuta's API
    "http://host/v1/chat/completions"         any compatible chat endpoint

A function takes the request and the paths of its files, and returns text, or a mapping such as
`{"text": "Here it is.", "files": ["grey.png"]}`. It may be a coroutine function. A third parameter
receives the earlier turns of the conversation.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from evals.harness.agent_interface import AgentReply, AgentRequest, ForeignAgent
from evals.harness.http_agents import BatutaApiAgent, ChatAgent
from tools.errors import InputError

CHAT_PATH = "/chat/completions"
RUNS_PATH = "/v1/runs"


def load_foreign_agent(name: str, model: str = "") -> ForeignAgent:
    """Return the agent at a URL, or the function `module:function`.

    `model` is the model that a chat endpoint is asked for.
    """
    if name.startswith(("http://", "https://")):
        return _load_endpoint(name, model)
    module, separator, function = name.rpartition(":")
    if not separator:
        raise InputError(
            f"{name!r} is not an agent; allowed are module:function, file.py:function and URLs",
            hint="batuta eval answers --agent my_module:answer",
        )
    answer = getattr(_load_module(module), function, None)
    if not callable(answer):
        raise InputError(
            f"{module!r} has no function {function!r}", hint="check the name behind the colon"
        )
    return CallableAgent(answer)


class CallableAgent:
    """A function as an agent; a synchronous one runs in a thread."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        parameters = inspect.signature(function).parameters.values()
        positional = [
            p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        self._takes_turns = len(positional) > 2

    async def __call__(self, request: AgentRequest) -> AgentReply:
        arguments: list[Any] = [request.turn.request, list(request.turn.files)]
        if self._takes_turns:
            arguments.append(list(request.earlier))
        result = await asyncio.to_thread(self._function, *arguments)
        return as_reply(await result if inspect.isawaitable(result) else result)


def as_reply(result: object) -> AgentReply:
    """Return what a function returned as a reply."""
    if isinstance(result, AgentReply):
        return result
    if isinstance(result, str):
        return AgentReply(text=result)
    if not isinstance(result, Mapping):
        raise InputError(
            f"the agent returned a value of type {type(result).__name__!r}; "
            "allowed are text and mappings",
            hint='return {"text": "Here it is.", "files": ["grey.png"]}',
        )
    try:
        return AgentReply.model_validate(dict(result))  # pyright: ignore[reportUnknownArgumentType]
    except ValidationError as error:
        raise InputError(
            f"the agent returned a mapping that is no reply: {error}",
            hint=f"allowed are: {', '.join(AgentReply.model_fields)}",
        ) from error


def _load_endpoint(url: str, model: str) -> ForeignAgent:
    address = url.rstrip("/")
    if address.endswith(CHAT_PATH):
        return ChatAgent(address, model)
    if address.endswith(RUNS_PATH):
        return BatutaApiAgent(address)
    raise InputError(
        f"it is not known how to ask {url!r}; allowed are addresses that end in {RUNS_PATH} "
        f"(Batuta's API) or {CHAT_PATH}",
        hint="for another API, write a function that calls it: --agent my_module:answer",
    )


def _load_module(name: str) -> ModuleType:
    if not name.endswith(".py"):
        sys.path.insert(0, str(Path.cwd()))
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise InputError(
                f"there is no module {name!r}: {error}",
                hint="start the command in its folder, or name the file: my_file.py:answer",
            ) from error
        finally:
            sys.path.pop(0)
    path = Path(name)
    if not path.is_file():
        raise InputError(f"there is no file {name!r}", hint="check its name and folder")
    spec = importlib.util.spec_from_file_location(f"batuta_agent_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
