from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

import PIL.Image
import pytest

from agent.record.budget import Budget
from agent.record.events import Event, RunObserver
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings

SLOW_TOOLS = Path(__file__).parent / "plugins" / "slow_tools.py"


@dataclass
class Followed:
    """A run that was followed to its end."""

    events: list[Event]
    outcome: RunOutcome

    def of(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kinds)]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


@dataclass
class Try:
    """Runs requests on a home of its own, with the slow tools and scripted replies."""

    home: Path
    budget: Budget
    observers: tuple[RunObserver, ...] = ()

    async def run(
        self,
        request: str = "go",
        *replies: str,
        plan: str = "",
        files: tuple[Path, ...] = (),
        conversation: str = "",
        seed: int = 0,
        ask_first: bool = False,
    ) -> Followed:
        return await self.follow(
            lambda agent: agent.run(
                request,
                files,
                plan=plan,
                conversation=conversation,
                seed=seed,
                ask_first=ask_first,
            ),
            *replies,
        )

    async def resume(self, run: str, decision: Decision | None = None) -> Followed:
        return await self.follow(lambda agent: agent.resume(run, decision))

    async def follow(
        self, begin: Callable[[AgentRuntime], AsyncGenerator[Event]], *replies: str
    ) -> Followed:
        script = self.home / "replies.txt"
        script.write_text("\n---\n".join(replies))
        settings = Settings(
            language_model=f"scripted:{script}",
            tool_files=(SLOW_TOOLS,),
            budget=self.budget,
            observers=self.observers,
        )
        followed = Followed([], RunOutcome())
        async with AgentRuntime.open(settings) as agent:
            async for event in begin(agent):
                followed.events.append(event)
                followed.outcome.update(event)
        return followed

    def log(self) -> list[str]:
        """What the slow tools say they have done."""
        path = self.home / "log"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Try:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    return Try(tmp_path, Budget(first_pause_seconds=0.01))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, as `BATUTA_HOME`."""
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    return tmp_path


@pytest.fixture
def photo(home: Path) -> Path:
    path = home / "photo.png"
    PIL.Image.new("RGB", (8, 6), (200, 10, 10)).save(path)
    return path
