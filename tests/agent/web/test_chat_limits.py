"""What one visitor may use: each limit, and the sentence that says so."""

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from agent.record.records import FolderRecords
from agent.web.chat_limits import ChatLimits
from agent.web.page import page_state
from agent.web.page.page_state import Tab
from agent.web.store.visitor_usage import VisitorUsage
from agent.web.uploads import UploadLimits, UploadResult, open_uploads
from tests.agent.web.conftest import House, open_chat
from tests.agent.web.served import serve_chat
from tests.agent.web.test_chat import picture
from tools.errors import InputError


@pytest.fixture
async def small_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[House]:
    """A server with low limits."""
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    limits = ChatLimits(runs_waiting=2, stored_bytes=1_000_000, compute_seconds=60)
    chat = open_chat(tmp_path, limits=limits)
    yield House(chat, tmp_path)
    await chat.close()


async def refusal(house: House, tab: Tab, request: str = "hello") -> InputError:
    with pytest.raises(InputError) as caught:
        await house.chat.ask(tab, request)
    return caught.value


async def test_a_visitor_may_have_so_many_runs_and_another_visitor_as_many(
    small_house: House,
) -> None:
    chat, tabs = small_house.chat, [small_house.visitor() for _ in range(3)]
    for tab in tabs:
        chat.new(tab)
    await chat.ask(tabs[0], "slow one")
    await chat.ask(tabs[1], "slow one")

    error = await refusal(small_house, tabs[2])

    assert error.message == "2 of your requests are running or waiting; 2 are allowed"
    assert error.hint == "wait until one is done, or stop one"
    assert (await small_house.ask(small_house.visitor("bob"), "hello")).answer == "Hello!"


async def test_seconds_of_compute_are_counted_and_limited(small_house: House) -> None:
    ann = small_house.visitor()
    await small_house.ask(ann, "short one")
    await small_house.chat.jobs.wait_until_finished(ann.conversation.runs[-1])
    assert 0.3 < ann.visitor.usage.compute_seconds() < 30

    ann.visitor.usage.add(compute_seconds=60)
    error = await refusal(small_house, ann)

    assert error.message == "your requests of the last 24 hours took 1 minutes; 1 are allowed"
    assert error.hint == "try again in a few hours"


async def test_bytes_of_results_and_files_are_counted_and_limited(
    small_house: House, tmp_path: Path
) -> None:
    ann = small_house.visitor()
    await small_house.ask(ann, "paint")
    await small_house.chat.jobs.wait_until_finished(ann.conversation.runs[-1])
    assert 0 < ann.visitor.usage.stored_bytes() < 1_000

    ann.visitor.usage.add(stored_bytes=1_000_000)
    error = await refusal(small_house, ann)

    assert error.message == (
        "your files and results of the last 24 hours have 1 MB; 1 MB are allowed"
    )
    with pytest.raises(InputError, match="your files and results"):
        await small_house.chat.attach(ann, [picture(tmp_path)])


def test_the_use_of_a_day_ago_no_longer_counts(tmp_path: Path) -> None:
    now = time.time()
    VisitorUsage(FolderRecords(tmp_path), lambda: now).add(stored_bytes=10, compute_seconds=2)
    VisitorUsage(FolderRecords(tmp_path), lambda: now + 3 * 3600).add(stored_bytes=1)

    def later(hours: float) -> tuple[int, float]:
        usage = VisitorUsage(FolderRecords(tmp_path), lambda: now + hours * 3600)
        return usage.stored_bytes(), usage.compute_seconds()

    assert later(3) == (11, 2)
    assert later(25) == (1, 0)
    assert later(28) == (0, 0)


def test_settings_change_the_limits() -> None:
    limits = ChatLimits.parse(["pages=3", "stored_bytes=1000"])

    assert (limits.pages, limits.stored_bytes, limits.runs_waiting) == (3, 1_000, 6)


@pytest.mark.parametrize("setting", ["pages", "pages=0", "pages=x", "uploads=1", "pages=-1", "=3"])
def test_a_setting_that_is_none_says_what_is_allowed(setting: str) -> None:
    with pytest.raises(InputError) as caught:
        ChatLimits.parse([setting])

    assert repr(setting) in caught.value.message
    assert "runs_waiting, stored_bytes, compute_seconds" in caught.value.message


async def test_one_visitor_opens_one_file_at_a_time(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening: list[str] = []
    largest: list[int] = []

    def open_slowly(paths: list[str], limits: UploadLimits) -> UploadResult:
        opening.append(paths[0])
        largest.append(len(opening))
        time.sleep(0.2)
        opening.remove(paths[0])
        return open_uploads(paths, limits)

    monkeypatch.setattr(page_state, "open_uploads", open_slowly)
    path = picture(tmp_path)
    await asyncio.gather(*(house.chat.attach(house.visitor(), [path]) for _ in range(4)))
    assert max(largest) == 1
    await asyncio.gather(*(house.chat.attach(house.visitor(name), [path]) for name in "ab"))
    assert max(largest) == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
async def test_uploads_count_and_end_at_twice_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    chat = open_chat(tmp_path, limits=ChatLimits(stored_bytes=1_000))
    (tmp_path / "text.txt").write_text("x" * 2_000)
    async with serve_chat(chat) as served, served.visit() as guest:
        await guest.upload(tmp_path / "text.txt")
        files = {"files": ("text.txt", b"x")}
        refused = await guest.client.post("/gradio_api/upload", files=files)

    assert (refused.status_code, refused.text) == (413, "You have uploaded too much today.")
