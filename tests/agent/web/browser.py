"""A chat server of its own and visitors in Chromium, as the browser tests use them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import PIL.Image

from tests.agent.conftest import SLOW_TOOLS
from tests.requirements import require_program

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser, Locator, Page

_MAIN = "from agent.cli.main import main; main()"
PLANS = r"""
when: Say hello
say("Hello from the script.")
---
when: How red is this?
n = redness(image1, 20)
say("It is {n} of 255.")
---
when: Paint and wait
red = paint(200, 20)
first = wait_at("painting")
word = echo("So {first}", 20)
say("{red} {word}.")
---
when: Take forever
first = echo("soon done", 10)
last = wait_at("never")
say("{first} {last}")
---
when: Two words
left = echo("left", 10)
right = echo("right", 10)
say("{left} and {right}")
---
when: Ask me about it
word = echo("approved", 10)
say("So it was {word}.")
---
when: Cut it out
part = crop(image1, region1)
say("Here: {part}")
---
when: Take a while
word = wait_at("patience")
say("In the end {word}.")
---
when: Survive this
first = echo("before the crash", 10)
last = wait_at("afterwards")
say("{first}, {last}.")
---
when: The first second
part = cut_sound(audio1, 0, 1)
say("Here: {part}")
---
when: What did I mark?
say("{region1}; {region2}; {region3}")
---
when: onerror
same = echo("<img src=x onerror='window.harm=1'> **bold** [link](javascript:alert(1))", 10)
say("{same}")
---
when: Fail please
word = crash("oh")
say("{word}")
"""

PATIENCE_MS = 40_000
"""How long a page may take on a busy machine; nothing waits for it to pass."""


@contextmanager
def open_browser() -> Generator[Browser]:
    """A Chromium without a window, started once for many visitors."""
    executable = require_program("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Containers have no user namespaces, no large /dev/shm, no camera and no microphone.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--mute-audio"]
        arguments += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Server:
    """`batuta chat` or `serve` in a process of its own, with slow tools and scripted plans."""

    home: Path
    port: int = 0
    command: str = "chat"
    path: str = ""
    """The path that answers once it has started."""
    plans: str = PLANS
    tools: Path = SLOW_TOOLS
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the slow tools have done, and what the server wrote."""
        return (self.home / "server.log").read_text(errors="replace")

    def worked_on(self, text: str) -> int:
        """How often a slow tool was really run on that text."""
        path = self.home / "tools.log"
        return path.read_text().count(f"begin {text}\n") if path.exists() else 0

    def open_gate(self, gate: str) -> None:
        """Let the tool `wait_at` go on."""
        (self.home / gate).touch()

    def start(self) -> None:
        self.port = self.port or _free_port()
        (self.home / "replies.txt").write_text(self.plans.strip(), encoding="utf-8")
        told = {"BATUTA_HOME": str(self.home), "SLOW_TOOLS_LOG": str(self.home / "tools.log")}
        command = [sys.executable, "-c", _MAIN, self.command, "--port", str(self.port)]
        command += ["--llm", f"scripted:{self.home / 'replies.txt'}", "--tools", str(self.tools)]
        with (self.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env={**os.environ, **told}, stdout=log, stderr=log
            )
        until = time.monotonic() + 4 * PATIENCE_MS / 1000
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the server did not start:\n{self.log}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def wait_for_end(self) -> int:
        """Wait until it has ended by itself; return its exit code."""
        assert self._process
        return self._process.wait(timeout=PATIENCE_MS / 1000)

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(self.url + self.path, timeout=5) as answer:
            return answer.status == 200
        return False


@dataclass
class Visitor:
    """Somebody with a browser of their own."""

    page: Page
    dialogs: list[str] = field(default_factory=list[str])

    @property
    def answers(self) -> Locator:
        return self.page.locator("#log .b-answer")

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.answers.last

    @property
    def lines(self) -> Locator:
        """The commands of the last plan."""
        return self.page.locator("#log .b-plan").last.locator(".b-line")

    @property
    def status(self) -> Locator:
        return self.page.locator("#log .b-status").last

    def write(self, request: str) -> None:
        self.page.locator("#request textarea").fill(request)

    def ask(self, request: str) -> None:
        self.write(request)
        self.page.locator("#request textarea").press("Enter")

    def attach(self, path: Path) -> None:
        self.page.locator("#request input[type=file]").set_input_files(path)

    def press(self, name: str) -> None:
        """Press the last button of that name."""
        self.page.get_by_role("button", name=name, exact=True).last.click()

    def unfold(self, name: str) -> None:
        """Open the last detail whose first words are these, unless it is open."""
        summary = self.page.locator("summary", has_text=re.compile(rf"^\s*{name}")).last
        summary.wait_for()
        if not summary.evaluate("summary => summary.parentElement.open"):
            summary.click()

    def begin_mark(self, shape: str) -> None:
        """Open the picture that is about to be sent, to mark something in it."""
        self.press("Mark a place in image1")
        self.page.get_by_role("radio", name=shape).check()
        self.page.locator("dialog canvas").focus()

    def draw(self, *points: tuple[int, int]) -> None:
        """Press the mouse at the first point of the picture, let go of it at the last."""
        canvas = self.page.locator("dialog canvas")
        seen = canvas.bounding_box()
        assert seen
        scale = seen["width"] / int(canvas.get_attribute("width") or 0)
        first, *others = [(seen["x"] + x * scale, seen["y"] + y * scale) for x, y in points]
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for point in others:
            self.page.mouse.move(*point, steps=5)
        self.page.mouse.up()

    def reload(self) -> None:
        self.page.reload()
        self.page.locator("#request textarea").wait_for()


@contextmanager
def visit(browser: Browser, server: Server, **options: object) -> Generator[Visitor]:
    """A visitor with cookies of their own, on the page."""
    context = browser.new_context(**options)  # pyright: ignore[reportArgumentType]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    visitor = Visitor(page)

    def note(dialog: object) -> None:
        visitor.dialogs.append(str(dialog))

    page.on("dialog", note)
    page.goto(server.url)
    page.locator("#request textarea").wait_for()
    try:
        yield visitor
    finally:
        context.close()


def picture(path: Path, red: int = 200) -> Path:
    """A picture in a file, as red as is wished."""
    PIL.Image.new("RGB", (240, 160), (red, 0, 0)).save(path, "PNG")
    return path


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
