"""Record a real chat in Chromium with the models of this machine: a GIF and two screenshots.

    python -m evals.pages.chat_recording

Frames are taken while the page is driven: files are dropped, requests are typed, plans run.
Waiting longer than a second is cut to a second, so that the length of the recording does not depend
on the speed of the language model.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import PIL.Image
import PIL.ImageChops

from evals.bench.bench_chat import TIMEOUT_S, chat_server
from tools.sdk.tool_check import SAMPLES

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FOLDER = Path(__file__).parents[2] / "docs"
RECORDING = FOLDER / "chat.gif"
MAX_BYTES = 2_000_000
SIZE = (960, 720)
SCREENSHOT_SIZE = (1180, 900)
SCENES = (
    ("Cut out the cup and turn it grey", SAMPLES["photo"]),
    ("What does the sign say?", SAMPLES["sign"]),
)
MAX_WAIT_S = 1.0
"""An unchanged picture is shown for this long at most."""
READING_S = 2.5
"""How long an answer is shown before the recording goes on."""

_FRAME_S = 0.12
_COLOURS = 224
_DROP = """([name, type, data]) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type }));
    const target = document.querySelector("#request textarea").closest("[role=group], form, div");
    for (const kind of ["dragenter", "dragover", "drop"])
        target.dispatchEvent(
            new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


@dataclass(frozen=True)
class GifFrame:
    """A picture of the page, and how long it is shown."""

    image: PIL.Image.Image
    seconds: float


class PageRecorder:
    """Takes pictures of a page while it changes."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.images: list[tuple[float, PIL.Image.Image]] = []
        self.reading_times: list[float] = []

    @asynccontextmanager
    async def record(self) -> AsyncGenerator[None]:
        """Take pictures until the block ends."""
        task = asyncio.create_task(self._take_pictures())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def let_read(self) -> None:
        """Show the page for a while, long enough to be read."""
        self.reading_times.append(time.monotonic() + READING_S / 2)
        await asyncio.sleep(READING_S)

    async def _take_pictures(self) -> None:
        while True:
            data = await self._page.screenshot()
            with PIL.Image.open(io.BytesIO(data)) as image:
                self.images.append((time.monotonic(), image.convert("RGB")))
            await asyncio.sleep(_FRAME_S)


def frames_of(
    images: Sequence[tuple[float, PIL.Image.Image]], reading_times: Sequence[float]
) -> list[GifFrame]:
    """Return the images that differ, with waiting cut short but not reading."""
    changes = list(images[:1])
    for at, image in images[1:]:
        if PIL.ImageChops.difference(image, changes[-1][1]).getbbox():
            changes.append((at, image))
    ends = [*(at for at, _ in changes[1:]), images[-1][0]]
    frames: list[GifFrame] = []
    for (at, image), end in zip(changes, ends, strict=True):
        is_read = any(at <= time_s <= end for time_s in reading_times)
        frames.append(GifFrame(image, min(end - at, READING_S if is_read else MAX_WAIT_S)))
    return frames


async def record_chat(url: str, browser: Browser) -> list[GifFrame]:
    """Drive the page through the scenes and return the recording."""
    context = await browser.new_context(
        base_url=url, viewport={"width": SIZE[0], "height": SIZE[1]}, reduced_motion="reduce"
    )
    context.set_default_timeout(TIMEOUT_S * 1000)
    page = await context.new_page()
    await page.goto("/")
    await page.locator("#request textarea").wait_for()
    recorder = PageRecorder(page)
    async with recorder.record():
        for request, path in SCENES:
            await page.locator("#new").evaluate("button => button.click()")
            await _ask(page, request, path)
            await recorder.let_read()
            await _unfold_plan(page, request)
            await recorder.let_read()
    await context.close()
    return frames_of(recorder.images, recorder.reading_times)


async def take_screenshots(url: str, browser: Browser, folder: Path) -> None:
    """Save the page with a plan, its results and their origin, in light and in dark."""
    width, height = SCREENSHOT_SIZE
    for name, scheme in (("chat.png", "light"), ("chat-dark.png", "dark")):
        context = await browser.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        context.set_default_timeout(TIMEOUT_S * 1000)
        page = await context.new_page()
        await page.goto("/")
        await page.locator("#request textarea").wait_for()
        request, path = SCENES[0]
        await _ask(page, request, path)
        await _unfold_plan(page, request)
        await page.locator("#log [data-do=origin]").last.click()
        await page.locator("#right .b-lineage").wait_for()
        await page.locator("#log .b-name").first.scroll_into_view_if_needed()
        await asyncio.sleep(READING_S)
        await page.screenshot(path=folder / name)
        await context.close()


async def _ask(page: Page, request: str, path: Path) -> None:
    """Drop a file, type the request and wait for the answer."""
    await page.locator("#log .b-welcome").wait_for()
    await _drop(page, path)
    await page.locator("#tray .b-chips").wait_for()
    await page.locator("#request textarea").press_sequentially(request, delay=45)
    await asyncio.sleep(0.5)
    await page.locator("#request textarea").press("Enter")
    await page.locator("#log .b-foot").wait_for()
    await page.locator("#log .b-foot").scroll_into_view_if_needed()


async def _unfold_plan(page: Page, request: str) -> None:
    """Show the plan with the result of each step; fail if the request was not answered."""
    status = page.locator("#log .b-plan > details > summary.b-status")
    if not (text := await status.inner_text()).strip().startswith("Done"):
        raise SystemExit(f"{request!r} was not answered: {text.strip()}")
    await status.click()


async def _drop(page: Page, path: Path) -> None:
    """Drop a file on the request, as a person does with the mouse."""
    kind = "image/jpeg" if path.suffix == ".jpg" else "image/png"
    data = base64.b64encode(path.read_bytes()).decode()
    await page.evaluate(_DROP, [path.name, kind, data])


def write_gif(frames: Sequence[GifFrame], path: Path) -> None:
    """Write the frames as a GIF that repeats."""
    palette = _palette(frames)
    images = [
        frame.image.quantize(palette=palette, dither=PIL.Image.Dither.NONE) for frame in frames
    ]
    first, *others = images
    first.save(
        path,
        save_all=True,
        append_images=others,
        duration=[max(20, round(frame.seconds * 1000)) for frame in frames],
        loop=0,
        optimize=True,
    )


def _palette(frames: Sequence[GifFrame]) -> PIL.Image.Image:
    """Return one palette for all frames, so that unchanged parts stay equal."""
    chosen = [frames[round(index * (len(frames) - 1) / 7)].image for index in range(8)]
    sheet = PIL.Image.new("RGB", (SIZE[0] // 2 * 4, SIZE[1] // 2 * 2))
    for index, image in enumerate(chosen):
        position = (index % 4 * SIZE[0] // 2, index // 4 * SIZE[1] // 2)
        sheet.paste(image.resize((SIZE[0] // 2, SIZE[1] // 2)), position)
    return sheet.quantize(_COLOURS)


async def main() -> None:
    from playwright.async_api import async_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--llm", default="")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium\nhint: apt-get install chromium")
    with (
        tempfile.TemporaryDirectory() as folder,
        chat_server(Path(folder), options.llm) as (url, _),
    ):
        async with async_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
            browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
            frames = await record_chat(url, browser)
            await take_screenshots(url, browser, FOLDER)
            await browser.close()
    write_gif(frames, RECORDING)
    size = RECORDING.stat().st_size
    print(
        f"{RECORDING}: {len(frames)} frames, {sum(f.seconds for f in frames):.0f} s, {size:,} bytes"
    )
    if size > MAX_BYTES:
        raise SystemExit(f"the recording has {size:,} bytes; allowed are {MAX_BYTES:,}")


if __name__ == "__main__":
    asyncio.run(main())
