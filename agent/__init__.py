"""Plan requests, run plans and answer.

>>> from agent import Agent
>>> with Agent.open() as agent:
...     answer = agent.run("Cut out the cup and turn it grey", files=["photo.jpg"])
...     answer.images[0].save("cup.png")

Names are imported when they are first used, so that `import agent` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.api.answer import Answer, RunFailed
    from agent.api.async_agent import AsyncAgent
    from agent.api.sync_agent import Agent
    from agent.record import events
    from agent.record.budget import Budget
    from tools.errors import BatutaError

__all__ = ["Agent", "Answer", "AsyncAgent", "BatutaError", "Budget", "RunFailed", "events"]

_MODULE_OF_NAME = {
    "Agent": "agent.api.sync_agent",
    "Answer": "agent.api.answer",
    "AsyncAgent": "agent.api.async_agent",
    "BatutaError": "tools.errors",
    "Budget": "agent.record.budget",
    "RunFailed": "agent.api.answer",
}


def __getattr__(name: str) -> object:
    if name == "events":
        return import_module("agent.record.events")
    if name not in _MODULE_OF_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF_NAME[name]), name)
