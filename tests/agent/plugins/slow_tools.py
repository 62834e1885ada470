"""Tools for tests: they take their time, tell a log that they ran, and fail when told to."""

import os
import time
from pathlib import Path

import PIL.Image

from tools import BadArgument, Image, OutOfMemory, TransientError, check_stop, progress, tool


def note(line: str) -> None:
    with Path(os.environ["SLOW_TOOLS_LOG"]).open("a") as log:
        log.write(line + "\n")


def pause(ms: int) -> None:
    until = time.monotonic() + ms / 1000
    while time.monotonic() < until:
        check_stop()
        time.sleep(0.001)


@tool
def echo(text: str, ms: int) -> str:
    """Give the text back after a while."""
    note(f"begin {text}")
    pause(ms)
    note(f"end {text}")
    return text


@tool
def letters(text: str, ms: int) -> list[str]:
    """Take a text apart."""
    pause(ms)
    return list(text)


@tool
def paint(number: int, ms: int) -> Image:
    """Make a picture of one colour."""
    pause(ms)
    return Image(PIL.Image.new("RGB", (32, 32), (number % 256, 0, 0)))


@tool
def redness(image: Image, ms: int) -> int:
    """Tell the colour of a picture."""
    pause(ms)
    return int(image.array()[0, 0, 0])


@tool(cache=False)
def throw_dice(ms: int) -> int:
    """Give a number that is not the same twice."""
    pause(ms)
    note("throw")
    return int.from_bytes(os.urandom(4)) % 1_000_000


@tool
def draw_lots(seed: int = 0) -> int:
    """Give the seed it was run with."""
    return seed


@tool
def crash(text: str) -> str:
    """Fail in an unexpected way."""
    raise ZeroDivisionError(text)


@tool
def refuse(text: str) -> str:
    """Say that the argument is wrong."""
    raise BadArgument(f"{text!r} is not a good text", hint="try another")


@tool(cache=False)
def flicker(times: int) -> int:
    """Fail so many times before it works."""
    note("flicker")
    log = Path(os.environ["SLOW_TOOLS_LOG"]).read_text()
    if log.count("flicker") <= times:
        raise TransientError("not yet")
    return log.count("flicker")


@tool(cache=False)
def swell(times: int) -> int:
    """Run out of memory so many times before it works."""
    note("swell")
    log = Path(os.environ["SLOW_TOOLS_LOG"]).read_text()
    if log.count("swell") <= times:
        raise OutOfMemory("too large")
    return log.count("swell")


@tool
def lie() -> int:
    """Promise a number and give a text."""
    return "seven"  # type: ignore[return-value]


@tool
def count_up(ms: int) -> int:
    """Tell progress on the way."""
    for step in range(4):
        progress(step / 4, f"step {step}")
        pause(ms // 4)
    progress(1.0)
    return 4


@tool(cache=False)
def wait_at(gate: str) -> str:
    """Wait until the file of that name is laid beside the log."""
    note(f"begin {gate}")
    while not Path(os.environ["SLOW_TOOLS_LOG"]).with_name(gate).exists():
        progress(0.5, "at the gate")
        check_stop()
        time.sleep(0.005)
    return f"{gate} is open"
