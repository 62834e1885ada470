"""The actions of the page's buttons, by their `data-do` attribute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agent.web.chat import Chat
from agent.web.page_state import Tab
from tools.errors import InputError

_Short = Annotated[str, Field(max_length=300)]


class Wish(BaseModel):
    """What the page sends when a button is pressed: untrusted input."""

    model_config = ConfigDict(extra="ignore")

    do: _Short
    run: _Short = ""
    place: _Short = ""
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
    drawn: object = None


async def act(chat: Chat, tab: Tab, wish: Wish) -> None:
    """Run the handler of an action."""
    if wish.do not in _ACTIONS:
        raise InputError(f"{wish.do!r} is no action of this page", hint="reload the page")
    await _ACTIONS[wish.do](chat, tab, wish)


async def _approve(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.decide(tab, wish.run, "approve", leave_out=wish.dropped)


async def _refuse(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.decide(tab, wish.run, "refuse")


async def _run_plan(chat: Chat, tab: Tab, wish: Wish) -> None:
    if chat.is_waiting(tab, wish.run):
        await chat.decide(tab, wish.run, "approve", plan=wish.plan)
    else:
        await chat.run_again(tab, wish.run, plan=wish.plan)


async def _rerun(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.run_without(tab, wish.run, wish.dropped)


async def _leave_out(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.run_without(tab, wish.run, [wish.place])


async def _retry(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.run_without(tab, wish.run, [])


async def _remodel(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.retry_on(tab, wish.run, wish.place, wish.model)


async def _reseed(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.retry_with_seed(tab, wish.run, wish.place)


async def _ask_again(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.run_again(tab, wish.run, request=wish.request.strip())


async def _undo(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.undo(tab, wish.run)


async def _go_on(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.go_on(tab, wish.run)


async def _stop(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.stop(tab)


async def _vote(chat: Chat, tab: Tab, wish: Wish) -> None:
    chat.vote(tab, wish.run, wish.up == "yes", wish.why)


async def _speak(chat: Chat, tab: Tab, wish: Wish) -> None:
    chat.speak(tab, wish.run)


async def _mark(chat: Chat, tab: Tab, wish: Wish) -> None:
    if not chat.may_see(tab, wish.digest):
        raise InputError("this picture is not part of the conversation", hint="reload the page")
    tab.mark(wish.drawn, wish.digest, wish.name, await chat.agent_of(tab.visitor))


async def _unmark(chat: Chat, tab: Tab, wish: Wish) -> None:
    tab.marks = [mark for mark in tab.marks if mark.name != wish.name]


async def _origin(chat: Chat, tab: Tab, wish: Wish) -> None:
    if chat.may_see(tab, wish.digest):
        tab.looked_at = wish.digest


async def _example(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.try_example(tab, wish.example)


async def _new(chat: Chat, tab: Tab, wish: Wish) -> None:
    chat.new(tab)


async def _switch(chat: Chat, tab: Tab, wish: Wish) -> None:
    chat.switch(tab, wish.conversation)


async def _forget(chat: Chat, tab: Tab, wish: Wish) -> None:
    await chat.forget(tab, wish.conversation)


async def _no_device(chat: Chat, tab: Tab, wish: Wish) -> None:
    device = "camera" if wish.name == "camera" else "microphone"
    raise InputError(
        f"the {device} could not be used",
        hint="allow it in the browser and close other programs that use it, or attach a file",
    )


async def _close_notice(chat: Chat, tab: Tab, wish: Wish) -> None:
    tab.notice = ""


_ACTIONS: Mapping[str, Callable[[Chat, Tab, Wish], Awaitable[None]]] = {
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
