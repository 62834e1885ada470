"""Measure the latency of the chat, and whether concurrent visitors get their own answers.

python -m evals.bench.bench_chat [--rounds 3] [--visitors 10] [--minutes 5] [--llm NAME]

Starts a server and Chromium. The times are taken in the page: from Enter to the first word of the
plan, to the first result, to the answer. Files differ in each round, so that no result is cached.
Every visitor asks about unique signs, in one conversation each; at the end all conversations are
fetched again and compared.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools import Audio
from tools.home import home
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

TIMEOUT_S = 300
_CLOCK = """() => {
    const seen = window.seen = {};
    const parts = { plan: ".b-line", result: ".b-line.is-done", answer: ".b-answer > *" };
    const look = () => {
        for (const [name, part] of Object.entries(parts))
            if (seen.enter && !seen[name] && document.querySelector("#log " + part))
                seen[name] = (performance.now() - seen.enter) / 1000;
    };
    new MutationObserver(look).observe(document.querySelector("#log"),
        { subtree: true, childList: true, attributes: true, characterData: true });
    document.querySelector("#request textarea").addEventListener("keydown",
        (event) => { if (event.key === "Enter") seen.enter = performance.now(); }, true);
}"""


@dataclass(frozen=True)
class WaitTimes:
    """Seconds from Enter to each event; None if it did not occur."""

    plan: float | None
    result: float | None
    answer: float


@dataclass
class VisitResults:
    """The outcome of all visitors' requests."""

    requests: int = 0
    seconds: list[float] = field(default_factory=list[float])
    wrong: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])


class SampleFiles:
    """The files of the standard requests, a different one each time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def sign(self) -> Path:
        import PIL.Image

        with PIL.Image.open(SAMPLES["sign"]) as sign:
            copy = sign.convert("RGB")
        copy.putpixel((self._next_number(), 0), (1, 2, 3))
        return self._save(copy)

    def speech(self) -> Path:
        speech = open_media(SAMPLES["speech"])
        assert isinstance(speech, Audio)
        silence = np.zeros((speech.samples.shape[0], 10 * self._next_number()), np.float32)
        path = self._folder / f"{self._count}.wav"
        path.write_bytes(
            Audio(np.concatenate([speech.samples, silence], axis=1), speech.rate).encode()
        )
        return path

    def sign_with(self, words: str) -> Path:
        """Draw a sign with these words, large enough for OCR."""
        import PIL.Image
        import PIL.ImageDraw

        self._next_number()
        sign = PIL.Image.new("RGB", (560, 160), "white")
        PIL.ImageDraw.Draw(sign).text((60, 45), words, "black", font_size=60)
        return self._save(sign)

    def _next_number(self) -> int:
        self._count += 1
        return self._count

    def _save(self, picture: object) -> Path:
        path = self._folder / f"{self._count}.png"
        picture.save(path)  # type: ignore[attr-defined]
        return path


@contextmanager
def chat_server(folder: Path, llm: str) -> Generator[tuple[str, int]]:
    """Run a chat server and yield its address and process id."""
    for name in ("weights", "llm-cache"):
        (home() / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(home() / name)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-c", "from agent.cli.main import main; main()", "chat"]
    command += ["--port", str(port), *(["--llm", llm] if llm else [])]
    log = (folder / "server.log").open("wb")
    environment = {**os.environ, "BATUTA_HOME": str(folder)}
    with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            while not _is_up(url):
                if process.poll() is not None:
                    raise SystemExit((folder / "server.log").read_text())
                time.sleep(0.2)
            yield url, process.pid
        finally:
            process.terminate()


def _is_up(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=10) as response:
        return response.status == 200
    return False


class ChatPage:
    """A browser page of one visitor."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page

    @classmethod
    async def enter(cls, browser: Browser, url: str) -> ChatPage:
        context = await browser.new_context(base_url=url)
        context.set_default_timeout(TIMEOUT_S * 1000)
        page = await context.new_page()
        await page.goto("/")
        await page.locator("#request textarea").wait_for()
        await page.locator("#left .toggle-button").click()
        await page.evaluate(_CLOCK)
        return cls(context, page)

    async def ask(self, request: str, file: Path | None = None) -> WaitTimes:
        """Ask in a new conversation and wait for the answer."""
        await self.page.locator("#new").click()
        await self.page.locator("#log .b-welcome").wait_for()
        if file:
            await self.page.locator("#request input[type=file]").set_input_files(file)
            await self.page.locator("#tray .b-chips").wait_for()
        await self.page.evaluate("() => { for (const name in seen) delete seen[name] }")
        await self.page.locator("#request textarea").fill(request)
        await self.page.locator("#request textarea").press("Enter")
        await self.page.locator("#log .b-foot").wait_for()
        times = await self.page.evaluate("seen")
        return WaitTimes(times.get("plan"), times.get("result"), times["answer"])

    async def answer(self) -> str:
        return await self.page.locator("#log .b-answer").inner_text()

    async def all_conversations(self) -> str:
        """Fetch every conversation from the server and join them."""
        await self.page.reload()
        items = self.page.locator("#conversations [data-do=switch]")
        await items.first.wait_for(state="attached")  # in a panel that may be closed
        ids = await items.evaluate_all("all => all.map(each => each.dataset.conversation)")
        pages = [
            await self.context.request.get(f"/conversation/{conversation_id}.html")
            for conversation_id in ids
        ]
        return "\n".join([await page.text() for page in pages if page.status == 200])


async def measure_waiting(
    browser: Browser, url: str, files: SampleFiles, rounds: int
) -> dict[str, list[WaitTimes]]:
    """Measure each standard request once cold and `rounds` times warm."""
    waits: dict[str, list[WaitTimes]] = {}
    visitor = await ChatPage.enter(browser, url)
    for _ in range(rounds + 1):
        for request, file in (
            ("What does the sign say?", files.sign()),
            ("Write down what is said in this recording", files.speech()),
            ("How many minutes are there in a day?", None),
        ):
            waits.setdefault(request, []).append(await visitor.ask(request, file))
    await visitor.context.close()
    return waits


async def visit_at_once(
    browser: Browser, url: str, files: SampleFiles, visitors: int, seconds: float
) -> VisitResults:
    """Let concurrent visitors ask about their own signs until the deadline."""
    visits = VisitResults()
    dice = random.Random(7)
    deadline = time.monotonic() + seconds

    async def stay(visitor: ChatPage) -> None:
        codes: list[str] = []
        while time.monotonic() < deadline:
            code = str(dice.randint(100_000, 999_999))
            visits.requests += 1
            wait_times = await visitor.ask(
                "What does the sign say?", files.sign_with(f"ROOM {code}")
            )
            visits.seconds.append(wait_times.answer)
            answer = await visitor.answer()
            if code not in answer:
                visits.wrong.append(f"{code}: {answer!r}")
            codes.append(code)
        transcript = re.sub(r'"[^"]*"', "", await visitor.all_conversations())
        visits.missing += [code for code in codes if code not in transcript]

    chat_pages = [await ChatPage.enter(browser, url) for _ in range(visitors)]
    await asyncio.gather(*map(stay, chat_pages))
    return visits


def _megabytes(process: int) -> float:
    match = re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(match[1]) / 1024 if match else 0.0


def _format_median(seconds: list[float | None]) -> str:
    values = [value for value in seconds if value is not None]
    return f"{statistics.median(values):.1f} s" if values else "–"


def _print_waiting(waits: dict[str, list[WaitTimes]]) -> None:
    print("| from Enter to | first word of the plan | first result | answer |\n|---|---|---|---|")
    for request, times in waits.items():
        for when, selection in (("first time", times[:1]), ("later", times[1:])):
            if selection:
                cells = [[wait.plan, wait.result, wait.answer] for wait in selection]
                row = " | ".join(
                    _format_median(list(column)) for column in zip(*cells, strict=True)
                )
                print(f"| {request} ({when}) | {row} |")


def _print_visits(visits: VisitResults, title: str, memory: tuple[float, float]) -> None:
    ordered = sorted(visits.seconds)
    print(f"\n| {title} | |\n|---|---|")
    print(f"| requests asked, answered | {visits.requests}, {len(ordered)} |")
    print(f"| answers with a wrong result or none | {len(visits.wrong)} |")
    print(f"| answers missing at the end | {len(visits.missing)} |")
    if ordered:
        late = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        print(
            f"| seconds to the answer: median, 95 % | {_format_median([*ordered])}, {late:.1f} s |"
        )
    print(f"| memory of the server before, after | {memory[0]:,.0f} MB, {memory[1]:,.0f} MB |")
    for wrong in visits.wrong:
        print(f"wrong: {wrong}", file=sys.stderr)


async def main() -> None:
    from playwright.async_api import async_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--llm", default="")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium\nhint: apt-get install chromium")
    with tempfile.TemporaryDirectory() as temporary:
        files = SampleFiles(Path(temporary))
        with chat_server(Path(temporary), options.llm) as (url, process):
            async with async_playwright() as playwright:
                arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
                browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
                _print_waiting(await measure_waiting(browser, url, files, options.rounds))
                before = _megabytes(process)
                seconds = 60 * options.minutes
                visits = await visit_at_once(browser, url, files, options.visitors, seconds)
                title = f"{options.visitors} visitors at once, {options.minutes:g} minutes"
                _print_visits(visits, title, (before, _megabytes(process)))
                await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
