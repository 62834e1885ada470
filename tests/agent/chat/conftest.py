"""A chat without a browser: what the page calls, on scripted plans and slow tools."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.agent import Settings
from agent.chat.agents import Agents
from agent.chat.chat import Chat, ChatLimits
from agent.chat.tabs import Tab
from agent.chat.view import RunView
from tests.agent.conftest import SLOW_TOOLS


@dataclass
class House:
    """One server's chat, and what its visitors see."""

    chat: Chat
    home: Path

    def visitor(self, name: str = "ann") -> Tab:
        return self.chat.open(self.chat.visitors.of(name))

    def view(self, tab: Tab) -> RunView:
        """The last run of the tab's conversation."""
        self.chat.refresh(tab)
        return self.chat.view(tab.conversation.runs[-1])

    async def until(self, tab: Tab, *states: str) -> RunView:
        """The last run once it stands so."""
        bell = self.chat.bell(tab)
        while True:
            rung = bell.rung
            view = self.view(tab)
            going = self.chat.is_busy(tab.conversation)
            if view.state in states and (going or not view.ended) == (view.state not in ENDED):
                return view
            await bell.wait(rung)

    async def until_working(self, tab: Tab) -> None:
        """Wait until a command of the last run has begun."""
        bell = self.chat.bell(tab)
        while not any(line.calls for line in self.view(tab).lines()):
            await bell.wait(bell.rung)

    async def ask(self, tab: Tab, request: str) -> RunView:
        """Ask, and wait until the run has ended or waits for a decision."""
        await self.chat.ask(tab, request)
        return await self.until(tab, *ENDED, "waiting")

    def log(self) -> list[str]:
        """What the slow tools say they have done."""
        path = self.home / "log"
        return path.read_text().splitlines() if path.exists() else []


ENDED = ("done", "failed", "stopped")
Opens = Callable[[str], House]

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


def open_chat(home: Path, at_once: int = 4) -> Chat:
    script = home / "replies.txt"
    script.write_text(REPLIES, encoding="utf-8")
    settings = Settings(language_model=f"scripted:{script}", tool_files=(SLOW_TOOLS,))
    return Chat(Agents(settings), ChatLimits(runs_at_once=at_once))


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[House]:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    chat = open_chat(tmp_path)
    await chat.start()
    yield House(chat, tmp_path)
    await chat.close()
