"""Drive Open WebUI, with Batuta as its model, in Chromium; save a screenshot.

    python -m evals.pages.open_webui_chat .venv-webui/bin/open-webui

Open WebUI has an environment of its own (`make webui`), since it fixes the versions of packages.
A picture is uploaded and two requests are made; the second names a result of the first one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tools.home import home
from tools.sdk.tool_check import SAMPLES

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

SCREENSHOT = Path(__file__).parents[2] / "docs" / "open-webui.png"
REQUESTS = ("Cut out the cup", "Turn it grey")
TIMEOUT_S = 300
SIZE = (900, 1500)
_MAIN = "from agent.cli.main import main; main()"
_PICTURES = "img[src*='/v1/artifacts/']"


@dataclass(frozen=True)
class WebuiAnswer:
    """What the page shows for one request."""

    text: str
    pictures: int
    """Pictures of Batuta that the browser has loaded."""


def webui_settings(api: str, folder: Path) -> Mapping[str, str]:
    """Return the environment of Open WebUI with Batuta as its only connection."""
    return {
        "DATA_DIR": str(folder),
        "OPENAI_API_BASE_URL": f"{api}/v1",
        "OPENAI_API_KEY": "none",
        "ENABLE_OLLAMA_API": "false",
        "WEBUI_AUTH": "false",
        "WEBUI_SECRET_KEY": "a page of this machine only",
        # It asks the model for titles, tags and questions, each of which would be a run.
        "ENABLE_TITLE_GENERATION": "false",
        "ENABLE_TAGS_GENERATION": "false",
        "ENABLE_FOLLOW_UP_GENERATION": "false",
        # Nothing is fetched from other machines.
        "OFFLINE_MODE": "true",
        "HF_HUB_OFFLINE": "1",
        "RAG_EMBEDDING_ENGINE": "openai",
        "BYPASS_EMBEDDING_AND_RETRIEVAL": "true",
        "ANONYMIZED_TELEMETRY": "false",
        "SCARF_NO_ANALYTICS": "true",
        "DO_NOT_TRACK": "true",
    }


@contextmanager
def program(
    command: Sequence[str], environment: Mapping[str, str], url: str, log: Path
) -> Generator[None]:
    """Run a server until the block ends; wait until its /health answers."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=output, stderr=output, cwd=log.parent
        ) as process,
    ):
        try:
            end_time = time.monotonic() + TIMEOUT_S
            while not _answers(url):
                if process.poll() is not None or time.monotonic() > end_time:
                    raise SystemExit(f"{command[0]} did not start:\n{log.read_text()[-3000:]}")
                time.sleep(0.5)
            yield
        finally:
            process.terminate()


@contextmanager
def batuta_and_webui(open_webui: Path, folder: Path, options: Sequence[str]) -> Generator[str]:
    """Run both servers with data in this folder; yield the address of the page."""
    data = folder / "webui"
    data.mkdir()
    for name in ("weights", "llm-cache"):
        (home() / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(home() / name)
    api, page = (f"http://127.0.0.1:{_free_port()}" for _ in range(2))
    batuta = [sys.executable, "-c", _MAIN, "serve", "--port", api.rpartition(":")[2], *options]
    webui = [str(open_webui.absolute()), "serve", "--host", "127.0.0.1"]
    webui += ["--port", page.rpartition(":")[2]]
    environment = {
        "BATUTA_HOME": str(folder),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    settings = {**webui_settings(api, data), "PYTHONPATH": ""}
    with (
        program(batuta, environment, f"{api}/health", folder / "serve.log"),
        program(webui, settings, f"{page}/health", folder / "webui.log"),
    ):
        yield page


async def converse(
    page: Page, picture: Path, requests: Sequence[str] = REQUESTS
) -> list[WebuiAnswer]:
    """Upload a picture, make the requests in one chat and return the answers."""
    await page.locator("#chat-input").wait_for()
    await _close_dialogs(page)
    await page.locator("input[type=file]").first.set_input_files(picture)
    await page.locator("#message-input-container img").first.wait_for()
    answers: list[WebuiAnswer] = []
    for number, request in enumerate(requests, 1):
        await page.locator("#chat-input").click()
        await page.keyboard.type(request, delay=20)
        await page.keyboard.press("Enter")
        answers.append(await _answer(page, number))
    return answers


async def _answer(page: Page, number: int) -> WebuiAnswer:
    """Wait until the answer is complete: only then it has a button that copies it."""
    answer = page.locator(".chat-assistant").nth(number - 1)
    await page.locator(".copy-response-button").nth(number - 1).wait_for()
    pictures = answer.locator(_PICTURES)
    loaded = [await _is_loaded(pictures.nth(index)) for index in range(await pictures.count())]
    return WebuiAnswer((await answer.inner_text()).strip(), sum(loaded))


async def _unfold_plan(page: Page) -> None:
    """Show the reasoning of the last answer, which is the plan with its steps."""
    await page.locator(".chat-assistant").last.get_by_text("Thought for").click()
    await asyncio.sleep(2)


async def _is_loaded(picture: Locator) -> bool:
    await picture.scroll_into_view_if_needed()
    script = "async image => { await image.decode(); return image.naturalWidth > 0 }"
    return await picture.evaluate(script)


async def _close_dialogs(page: Page) -> None:
    """Close what Open WebUI shows at the first visit, such as the news of the version."""
    await asyncio.sleep(3)
    for dialog in await page.locator("[role=dialog] button, .modal button").all():
        if await dialog.is_visible():
            await page.keyboard.press("Escape")
            await asyncio.sleep(0.5)


async def record(browser: Browser, url: str, screenshot: Path) -> list[WebuiAnswer]:
    """Have the conversation in a new page and save what it shows."""
    width, height = SIZE
    context = await browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", color_scheme="light"
    )
    context.set_default_timeout(TIMEOUT_S * 1000)
    page = await context.new_page()
    await page.goto(url)
    try:
        answers = await converse(page, SAMPLES["photo"])
        await _unfold_plan(page)
    finally:
        await page.screenshot(path=screenshot)
        await context.close()
    return answers


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def main() -> None:
    from playwright.async_api import async_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("open_webui", type=Path, help="the program of Open WebUI")
    parser.add_argument("--llm", default="")
    parser.add_argument("--out", type=Path, default=SCREENSHOT)
    arguments = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium\nhint: apt-get install chromium")
    options = ["--llm", arguments.llm] if arguments.llm else []
    with (
        tempfile.TemporaryDirectory() as folder,
        batuta_and_webui(arguments.open_webui, Path(folder), options) as url,
    ):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            answers = await record(browser, url, arguments.out)
            await browser.close()
    for request, answer in zip(REQUESTS, answers, strict=True):
        print(f"{request}: {answer.text!r}, pictures loaded: {answer.pictures}")
    if not all(answer.pictures for answer in answers):
        raise SystemExit("an answer has no picture that the page could load")


if __name__ == "__main__":
    asyncio.run(main())
