"""A chat without a browser: what the page calls, on scripted plans and slow tools.

And one with a browser: a server of its own for each file of tests that wants one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.record.budget import Budget
from agent.runtime.agent_runtime import Settings
from agent.web.agent_pool import AgentPool
from agent.web.chat import Chat
from agent.web.chat_limits import ChatLimits
from agent.web.page.page_state import Tab
from agent.web.view.run_view import RunView
from tests.agent.conftest import SLOW_TOOLS
from tests.agent.web.browser import PATIENCE_MS, Server, Visitor, open_browser, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@dataclass
class House:
    """One server's chat, and what its visitors see."""

    chat: Chat
    home: Path

    def visitor(self, name: str = "ann") -> Tab:
        return self.chat.open(self.chat.visitors.get(name))

    def view(self, tab: Tab) -> RunView:
        """The last run of the tab's conversation."""
        self.chat.refresh(tab)
        return self.chat.view(tab.conversation.runs[-1])

    async def until(self, tab: Tab, *states: str) -> RunView:
        """The last run once it stands so."""
        bell = self.chat.signal(tab)
        while True:
            rung = bell.version
            view = self.view(tab)
            going = self.chat.is_busy(tab.conversation)
            if view.state in states and (going or not view.is_finished) == (
                view.state not in ENDED
            ):
                return view
            await bell.wait(rung)

    async def until_working(self, tab: Tab) -> None:
        """Wait until a command of the last run has begun."""
        bell = self.chat.signal(tab)
        while not any(line.calls for line in self.view(tab).lines()):
            await bell.wait(bell.version)

    async def ask(self, tab: Tab, request: str) -> RunView:
        """Ask, and wait until the run has ended or waits for a decision."""
        await self.chat.ask(tab, request)
        return await self.until(tab, *ENDED, "waiting")

    def log(self) -> list[str]:
        """What the slow tools say they have done."""
        path = self.home / "log"
        return path.read_text().splitlines() if path.exists() else []


ENDED = ("done", "failed", "stopped")

REPLIES = """\
when: hello
say("Hello!")
---
when: paint
red = paint(200, ms=1)
say("Here: {red}")
---
when: both
first = echo("one", ms=1)
second = echo("two", ms=1)
say("{first} and {second}")
---
when: slow
late = echo("late", ms=60000)
say("{late}")
---
when: short
soon = echo("soon", ms=400)
say("{soon}")
---
when: lots
lot = draw_lots()
say("{lot}")
---
when: part
part = crop(image1, region1)
say("{part}")
---
when: crash
bad = crash("no luck")
say("{bad}")
"""


def open_chat(
    home: Path, at_once: int = 4, ask_seconds: float = 300, limits: ChatLimits | None = None
) -> Chat:
    script = home / "replies.txt"
    script.write_text(REPLIES, encoding="utf-8")
    settings = Settings(
        language_model=f"scripted:{script}",
        tool_files=(SLOW_TOOLS,),
        budget=Budget(ask_seconds=ask_seconds),
    )
    return Chat(AgentPool(settings), limits or ChatLimits(runs_at_once=at_once))


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[House]:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    chat = open_chat(tmp_path)
    await chat.start()
    yield House(chat, tmp_path)
    await chat.close()


Enter = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    with open_browser() as browser:
        from playwright.sync_api import expect

        expect.set_options(timeout=PATIENCE_MS)
        yield browser


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    server = Server(tmp_path_factory.mktemp("home"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def enter(browser: Browser, server: Server) -> Generator[Enter]:
    """Open the page as a new visitor."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(visit(browser, server, **options))
