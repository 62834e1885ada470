"""The actions of the page's buttons, by their `data-do` attribute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agent.web.chat import Chat
from agent.web.page.page_state import Tab
from tools.errors import InputError

_Short = Annotated[str, Field(max_length=300)]


class UserAction(BaseModel):
    """What the page sends when a button is pressed: untrusted input."""

    model_config = ConfigDict(extra="ignore")

    do: _Short
    run: _Short = ""
    step: _Short = ""
    """The path of a plan's line; Gradio treats a field called `path` as a file."""
    model: _Short = ""
    digest: _Short = ""
    name: _Short = ""
    up: _Short = ""
    example: int = -1
    request: Annotated[str, Field(max_length=20_000)] = ""
    plan: Annotated[str, Field(max_length=20_000)] = ""
    why: Annotated[str, Field(max_length=2_000)] = ""
    conversation: _Short = ""
    dropped: list[_Short] = []
    """The paths of the lines that the person unchecked."""
    mark: object = None


async def dispatch(chat: Chat, tab: Tab, action: UserAction) -> None:
    """Run the handler of an action."""
    if action.do not in _ACTIONS:
        raise InputError(f"{action.do!r} is no action of this page", hint="reload the page")
    await _ACTIONS[action.do](chat, tab, action)


async def _approve(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.decide(tab, action.run, "approve", leave_out=action.dropped)


async def _refuse(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.decide(tab, action.run, "refuse")


async def _run_plan(chat: Chat, tab: Tab, action: UserAction) -> None:
    if chat.is_waiting(tab, action.run):
        await chat.decide(tab, action.run, "approve", plan=action.plan)
    else:
        await chat.run_again(tab, action.run, plan=action.plan)


async def _rerun(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.run_without(tab, action.run, action.dropped)


async def _leave_out(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.run_without(tab, action.run, [action.step])


async def _retry(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.run_without(tab, action.run, [])


async def _remodel(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.retry_with_model(tab, action.run, action.step, action.model)


async def _reseed(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.retry_with_seed(tab, action.run, action.step)


async def _ask_again(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.run_again(tab, action.run, request=action.request.strip())


async def _undo(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.undo(tab, action.run)


async def _go_on(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.resume(tab, action.run)


async def _stop(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.stop(tab)


async def _vote(chat: Chat, tab: Tab, action: UserAction) -> None:
    chat.vote(tab, action.run, action.up == "yes", action.why)


async def _speak(chat: Chat, tab: Tab, action: UserAction) -> None:
    chat.speak(tab, action.run)


async def _mark(chat: Chat, tab: Tab, action: UserAction) -> None:
    if not chat.may_see(tab, action.digest):
        raise InputError("this picture is not part of the conversation", hint="reload the page")
    tab.add_mark(action.mark, action.digest, action.name, await chat.agent_of(tab.visitor))


async def _unmark(chat: Chat, tab: Tab, action: UserAction) -> None:
    tab.marks = [mark for mark in tab.marks if mark.name != action.name]


async def _origin(chat: Chat, tab: Tab, action: UserAction) -> None:
    if chat.may_see(tab, action.digest):
        tab.origin_digest = action.digest


async def _example(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.ask_sample(tab, action.example)


async def _new(chat: Chat, tab: Tab, action: UserAction) -> None:
    chat.new(tab)


async def _switch(chat: Chat, tab: Tab, action: UserAction) -> None:
    chat.switch(tab, action.conversation)


async def _forget(chat: Chat, tab: Tab, action: UserAction) -> None:
    await chat.forget(tab, action.conversation)


async def _no_device(chat: Chat, tab: Tab, action: UserAction) -> None:
    device = "camera" if action.name == "camera" else "microphone"
    raise InputError(
        f"the {device} could not be used",
        hint="allow it in the browser and close other programs that use it, or attach a file",
    )


async def _close_notice(chat: Chat, tab: Tab, action: UserAction) -> None:
    tab.notice = ""


_ACTIONS: Mapping[str, Callable[[Chat, Tab, UserAction], Awaitable[None]]] = {
    "approve": _approve,
    "refuse": _refuse,
    "run_plan": _run_plan,
    "rerun": _rerun,
    "leave_out": _leave_out,
    "retry": _retry,
    "remodel": _remodel,
    "reseed": _reseed,
    "ask_again": _ask_again,
    "undo": _undo,
    "go_on": _go_on,
    "stop": _stop,
    "vote": _vote,
    "speak": _speak,
    "mark": _mark,
    "unmark": _unmark,
    "origin": _origin,
    "example": _example,
    "new": _new,
    "switch": _switch,
    "forget": _forget,
    "no_device": _no_device,
    "close_notice": _close_notice,
}
