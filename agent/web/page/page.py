"""Handlers of the page's widgets, and the stream of page updates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any

from agent.record.storage_errors import storage_error
from agent.web.access.auth import visitor_of
from agent.web.agent_pool import Offer
from agent.web.chat import Chat
from agent.web.page.actions import UserAction, dispatch
from agent.web.page.page_rendering import PageParts, PageRenderer
from agent.web.page.page_state import Tab
from agent.web.store.visitors import Choices, Visitor
from agent.web.view.error_messages import page_text
from tools.errors import BatutaError, InputError, StorageError

log = logging.getLogger(__name__)

_MIN_UPDATE_INTERVAL_S = 0.08
"""Shortest interval between two updates, so that not every token sends one."""
_MAX_UNREAD = 20
"""Number of updates that a page may leave unread before it gets no more."""
_UNREAD_CHECK_INTERVAL_S = 0.5
_UNEXPECTED = "something unexpected went wrong\nhint: try again, or reload the page"
_NO_STORAGE = (
    "the server cannot store anything\nhint: the owner of the server finds the reason in its log"
)


class PagePaused(InputError):  # noqa: N818  (a state of the page, not a failure)
    """Newer pages of the visitor took the place of this one."""

    def __init__(self, pages: int) -> None:
        super().__init__(
            f"you have more than {pages} pages open, so this one is paused",
            hint="close some of them and reload this page",
        )


class Page:
    """The handlers of one server's widgets, and its open tabs."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.unread: Callable[[str], int] = lambda session: 0
        """Return the number of updates that a session's page has not fetched."""
        self.on_close: Callable[[str], None] = lambda session: None
        """Called with the session of a page that was closed."""
        self._renderer = PageRenderer(chat)
        self._tabs: dict[str, Tab] = {}

    def tab(self, request: Any) -> Tab:
        """Return the tab a request comes from; never another visitor's."""
        visitor = visitor_of(self.chat.visitors, request)
        session = str(request.session_hash)
        tab = self._tabs.get(session)
        if tab is None:
            tab = self._tabs[session] = self.chat.open(visitor)
            self._pause_old_tabs(visitor)
        if tab.visitor.id != visitor.id:
            raise InputError("this page belongs to another visitor", hint="reload the page")
        if tab.paused:
            raise PagePaused(self.chat.limits.pages)
        self.chat.refresh(tab)
        return tab

    def close_tab(self, request: Any) -> None:
        """Drop the tab of a closed page; its runs continue."""
        session = str(request.session_hash)
        tab = self._tabs.get(session)
        if tab and tab.visitor.id == visitor_of(self.chat.visitors, request).id:
            self.close_session(session)

    def close_session(self, session: str) -> None:
        """Drop the tab of a session, if it has one, and end its stream."""
        if tab := self._tabs.pop(session, None):
            self.chat.signal(tab).notify()
            if not any(self._tabs_of(tab.visitor)):
                self._renderer.forget(tab.visitor.id)
        self.on_close(session)

    def holds(self, visitor: Visitor, digest: str) -> bool:
        """Return whether the artifact is pending in a tab of the visitor."""
        return any(digest in tab.digests() for tab in self._tabs_of(visitor))

    def _tabs_of(self, visitor: Visitor) -> Iterator[Tab]:
        return (tab for tab in self._tabs.values() if tab.visitor.id == visitor.id)

    def _pause_old_tabs(self, visitor: Visitor) -> None:
        """Pause the visitor's oldest tabs if there are too many."""
        pages = self.chat.limits.pages
        active = [tab for tab in self._tabs_of(visitor) if not tab.paused]
        for tab in active[:-pages]:
            tab.paused, tab.notice = True, str(PagePaused(pages))
            self.chat.signal(tab).notify()

    async def stream(self, request: Any) -> AsyncGenerator[PageParts]:
        """Yield the page's content after every change until the page is closed."""
        tab = self.tab(request)
        session = str(request.session_hash)
        signal = self.chat.signal(tab)
        while self._tabs.get(session) is tab:
            version, is_last = signal.version, tab.paused
            try:
                yield await self._renderer.render(tab)
            except Exception:
                log.exception("the page could not be rendered")
                tab.notice = "something could not be shown; the log has the details"
            if is_last:
                while self._tabs.get(session) is tab:  # without a stream, it would be dropped
                    version = await signal.wait(version)
                return
            await asyncio.sleep(_MIN_UPDATE_INTERVAL_S)
            await signal.wait(version)
            while self.unread(session) > _MAX_UNREAD:
                await asyncio.sleep(_UNREAD_CHECK_INTERVAL_S)

    async def ask(self, request: Any, text: str, paths: list[str]) -> bool:
        """Start a run and return whether it started."""

        async def work(tab: Tab) -> None:
            await self.chat.attach(tab, paths)
            await self.chat.ask(tab, text)

        return await self._run_with_notice(request, work)

    async def attach(self, request: Any, paths: list[str]) -> None:
        """Attach files to the next request."""

        await self._run_with_notice(request, lambda tab: self.chat.attach(tab, paths))

    async def dispatch(self, request: Any, data: object) -> None:
        """Dispatch the action of a button."""
        await self._run_with_notice(
            request, lambda tab: dispatch(self.chat, tab, UserAction.model_validate(data))
        )

    async def choices(self, request: Any) -> tuple[Choices, Offer]:
        """Return the visitor's choices and the available options."""
        visitor = visitor_of(self.chat.visitors, request)
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
        await self._run_with_notice(request, lambda tab: self.chat.choose(tab, **changes))

    async def _run_with_notice(
        self, request: Any, action: Callable[[Tab], Awaitable[None]]
    ) -> bool:
        """Run an action on the page's tab; show its error as the tab's notice."""
        try:
            tab = self.tab(request)
        except InputError:
            return False  # a paused page shows why already
        tab.notice = ""
        try:
            await action(tab)
        except StorageError:
            log.exception("a visitor's action failed")
            tab.notice = _NO_STORAGE
        except BatutaError as error:
            tab.notice = page_text(error)
        except Exception as error:
            log.exception("a visitor's action failed")
            is_storage = storage_error(error, self.chat.agents.home)
            tab.notice = _NO_STORAGE if is_storage else _UNEXPECTED
        self.chat.signal(tab).notify()
        return not tab.notice
