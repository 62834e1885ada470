"""Handlers of the page's widgets, and the stream of page updates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from agent.web.actions import UserAction, dispatch
from agent.web.agent_pool import Offer
from agent.web.auth import visitor_of
from agent.web.chat import Chat
from agent.web.page_state import Tab
from agent.web.sample_requests import available_samples
from agent.web.store.visitors import Choices, Visitor
from agent.web.view.error_messages import friendly_error
from agent.web.view.html_rendering import render, render_turns
from agent.web.view.side_panel import side_panel
from tools.errors import BatutaError

log = logging.getLogger(__name__)

_MIN_UPDATE_INTERVAL_S = 0.08
"""Shortest interval between two updates, so that not every token sends one."""


class Page:
    """The handlers of one server's widgets, and its open tabs."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self._tabs: dict[str, Tab] = {}

    def tab(self, request: Any) -> Tab:
        """Return the tab a request comes from; never another visitor's."""
        visitor = visitor_of(self.chat.visitors, request)
        session = str(request.session_hash)
        tab = self._tabs.get(session)
        if tab is None or tab.visitor.id != visitor.id:
            tab = self._tabs[session] = self.chat.open(visitor)
        self.chat.refresh(tab)
        return tab

    def close_tab(self, request: Any) -> None:
        """Drop the tab of a closed page; its runs continue."""
        if tab := self._tabs.pop(str(request.session_hash), None):
            self.chat.signal(tab).notify()

    def holds(self, visitor: Visitor, digest: str) -> bool:
        """Return whether the artifact is pending in a tab of the visitor."""
        own = (tab for tab in self._tabs.values() if tab.visitor.id == visitor.id)
        return any(digest in tab.digests() for tab in own)

    async def stream(self, request: Any) -> AsyncGenerator[tuple[Any, ...]]:
        """Yield the page's content after every change until the page is closed."""
        tab = self.tab(request)
        signal = self.chat.signal(tab)
        while self._tabs.get(str(request.session_hash)) is tab:
            version = signal.version
            try:
                yield await self._render_tab(tab)
            except Exception:
                log.exception("the page could not be rendered")
                tab.notice = "something could not be shown; the log has the details"
            await asyncio.sleep(_MIN_UPDATE_INTERVAL_S)
            await signal.wait(version)

    async def _render_tab(self, tab: Tab) -> tuple[Any, ...]:
        self.chat.refresh(tab)
        agent = await self.chat.agent_of(tab.visitor)
        turns = await self.chat.turns(tab)
        blocks = render_turns(turns) or [
            {
                "key": "welcome",
                "html": render("welcome.html", samples=available_samples(agent.session.offered)),
            }
        ]
        busy = next((turn for turn in turns if turn.is_running), None)
        tray = render(
            "tray.html",
            tab=tab,
            busy=busy,
            last=turns[-1] if turns else None,
            notice=friendly_error(tab.notice),
            getting_ready=self.chat.agents.is_warming_up(agent),
        )
        conversations = render(
            "conversations.html",
            conversations=tab.visitor.conversations(),
            current=tab.conversation.id,
        )
        return (
            blocks,
            _single_block(tray),
            _single_block(side_panel(tab, turns, agent)),
            _single_block(conversations),
        )

    async def ask(self, request: Any, text: str, paths: list[str]) -> bool:
        """Start a run and return whether it started."""
        tab = self.tab(request)

        async def work() -> None:
            agent = await self.chat.agent_of(tab.visitor)
            await tab.set_files(paths, agent, self.chat.limits.uploads)
            await self.chat.ask(tab, text)

        return await self._run_with_notice(tab, work)

    async def attach(self, request: Any, paths: list[str]) -> None:
        """Attach files to the next request."""
        tab = self.tab(request)

        async def work() -> None:
            agent = await self.chat.agent_of(tab.visitor)
            await tab.set_files(paths, agent, self.chat.limits.uploads)

        await self._run_with_notice(tab, work)

    async def dispatch(self, request: Any, data: object) -> None:
        """Dispatch the action of a button."""
        tab = self.tab(request)
        await self._run_with_notice(
            tab, lambda: dispatch(self.chat, tab, UserAction.model_validate(data))
        )

    async def choices(self, request: Any) -> tuple[Choices, Offer]:
        """Return the visitor's choices and the available options."""
        visitor = self.tab(request).visitor
        agent = await self.chat.agent_of(visitor)
        profile = agent.settings.profile
        effective_choices = {
            "profile": profile,
            "language_model": agent.session.language_model_name,
        }
        return visitor.choices().model_copy(update=effective_choices), self.chat.agents.offer(
            profile
        )

    async def choose(self, request: Any, **changes: object) -> None:
        """Save the visitor's choices."""
        tab = self.tab(request)
        await self._run_with_notice(tab, lambda: self.chat.choose(tab, **changes))

    async def _run_with_notice(self, tab: Tab, action: Callable[[], Awaitable[None]]) -> bool:
        """Run an action; show its error as the tab's notice."""
        tab.notice = ""
        try:
            await action()
        except BatutaError as error:
            tab.notice = str(error)
        except Exception:
            log.exception("a visitor's action failed")
            tab.notice = "something unexpected went wrong\nhint: try again, or reload the page"
        self.chat.signal(tab).notify()
        return not tab.notice


def _single_block(html: str) -> list[dict[str, str]]:
    return [{"key": "all", "html": html}]
