"""The open pages of a visitor, without a browser: how many there are and what they cost."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from agent.web.page import page_rendering
from agent.web.page.page import Page
from agent.web.page.page_rendering import PageParts
from tests.agent.web.conftest import House


@dataclass
class Request:
    """What a handler sees of a request: the session and, in the scope, the visitor."""

    session_hash: str
    visitor: str = "ann"
    scope: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.scope["batuta.secret"] = self.visitor


def tray(parts: PageParts) -> str:
    return parts[1][0]["html"]


async def next_tray(stream: AsyncGenerator[PageParts], text: str) -> str:
    """The first tray with that text, in what the page gets."""
    async with asyncio.timeout(20):
        async for parts in stream:
            if text in tray(parts):
                return tray(parts)
    raise AssertionError(f"the stream ended without {text!r}")


async def test_the_oldest_of_too_many_pages_is_paused_with_a_sentence(house: House) -> None:
    page = Page(house.chat)
    requests = [Request(f"session {number}") for number in range(11)]
    oldest = page.stream(requests[0])
    await anext(oldest)
    for request in requests[1:]:
        page.tab(request)

    shown = await next_tray(oldest, "paused")

    assert "You have more than 10 pages open, so this one is paused" in shown
    assert "close some of them and reload this page" in shown
    ended = asyncio.ensure_future(anext(oldest, None))
    assert not await page.ask(requests[0], "hello", [])
    assert await page.ask(requests[1], "hello", [])
    assert not ended.done()
    page.close_tab(requests[0])
    assert await ended is None


async def test_another_visitors_pages_do_not_count(house: House) -> None:
    page = Page(house.chat)
    first = page.tab(Request("first"))
    for number in range(10):
        page.tab(Request(f"session {number}", "bob"))

    assert not first.paused


async def test_a_closed_page_makes_room(house: House) -> None:
    page = Page(house.chat)
    for number in range(30):
        page.tab(Request(f"session {number}"))
        page.close_tab(Request(f"session {number}"))
    first = page.tab(Request("last"))
    page.tab(Request("more"))

    assert not first.paused


async def test_pages_that_show_the_same_are_rendered_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []

    def count(template: str, **values: object) -> str:
        rendered.append(template)
        return original(template, **values)

    original = page_rendering.render
    monkeypatch.setattr(page_rendering, "render", count)
    page = Page(house.chat)
    streams = [page.stream(Request(f"session {number}")) for number in range(10)]
    await house.ask(page.tab(Request("session 0")), "hello")
    shown = await asyncio.gather(*map(anext, streams))

    assert rendered.count("tray.html") == 1
    assert all("Hello!" in parts[0][0]["html"] for parts in shown)


async def test_what_one_page_attaches_no_other_page_shows(house: House) -> None:
    page = Page(house.chat)
    first, second = page.stream(Request("first")), page.stream(Request("second"))
    await page.ask(Request("first"), "", [])

    assert "There is no request yet" in tray(await anext(first))
    assert "There is no request yet" not in tray(await anext(second))


async def test_a_page_that_fetches_nothing_gets_nothing_more(house: House) -> None:
    page = Page(house.chat)
    unread = 100
    page.unread = lambda session: unread
    stream = page.stream(Request("first"))
    await anext(stream)
    house.chat.jobs.notify_all()

    following = asyncio.ensure_future(anext(stream))
    done, _ = await asyncio.wait({following}, timeout=1)
    assert not done
    unread = 0
    assert await asyncio.wait_for(following, 20)


async def test_a_session_of_another_visitor_is_neither_used_nor_closed(house: House) -> None:
    page = Page(house.chat)
    own, foreign = Request("session"), Request("session", "bob")
    tab = page.tab(own)

    assert not await page.ask(foreign, "hello", [])
    page.close_tab(foreign)
    with pytest.raises(Exception, match="this page belongs to another visitor"):
        await anext(page.stream(foreign))

    assert page.tab(own) is tab
    assert tab.conversation.runs == []
