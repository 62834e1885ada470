"""Rendering of open pages, once for all pages of a visitor that show the same."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from agent.web.chat import Chat
from agent.web.page.page_state import Tab
from agent.web.view.error_messages import friendly_error
from agent.web.view.html_rendering import render, render_turns
from agent.web.view.sample_requests import available_samples
from agent.web.view.side_panel import side_panel

Blocks = list[dict[str, str]]
"""A part of the page as static/page.js reads it: keys and HTML."""
PageParts = tuple[Blocks, Blocks, Blocks, Blocks]
"""The conversation, the tray, the side panel and the list of conversations."""


@dataclass
class _VisitorPages:
    """What a visitor's pages show at one version of the visitor's change signal."""

    version: int = -1
    parts: dict[str, PageParts] = field(default_factory=dict[str, PageParts])
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class PageRenderer:
    """Renders pages and caches the result until something changes."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._visitors: dict[str, _VisitorPages] = {}

    async def render(self, tab: Tab) -> PageParts:
        """Return the content of a page; equal pages share it."""
        pages = self._visitors.setdefault(tab.visitor.id, _VisitorPages())
        async with pages.lock:  # the pages wake together; the first renders for all
            version = self._chat.signal(tab).version
            if pages.version != version:
                pages.version, pages.parts = version, {}
            key = tab.display_key()
            if key not in pages.parts:
                pages.parts[key] = await self._render(tab)
            return pages.parts[key]

    def forget(self, visitor: str) -> None:
        """Drop what is cached for a visitor without open pages."""
        self._visitors.pop(visitor, None)

    async def _render(self, tab: Tab) -> PageParts:
        self._chat.refresh(tab)
        agent = await self._chat.agent_of(tab.visitor)
        turns = await self._chat.turns(tab)
        samples = available_samples(agent.session.offered)
        log = [dict(block) for block in render_turns(turns)] or [
            {"key": "welcome", "html": render("welcome.html", samples=samples)}
        ]
        busy = next((turn for turn in turns if turn.is_running), None)
        tray = render(
            "tray.html",
            tab=tab,
            busy=busy,
            last=turns[-1] if turns else None,
            notice=friendly_error(tab.notice),
            getting_ready=self._chat.agents.is_warming_up(agent),
        )
        conversations = render(
            "conversations.html",
            conversations=tab.visitor.conversations(),
            current=tab.conversation.id,
        )
        return (
            log,
            _single_block(tray),
            _single_block(side_panel(tab, turns, agent)),
            _single_block(conversations),
        )


def _single_block(html: str) -> Blocks:
    return [{"key": "all", "html": html}]
