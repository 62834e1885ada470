"""Tools for tests of workers."""

import os
import time
from pathlib import Path

import numpy as np
import PIL.Image

from tests.agent.plugins.worker_models import Broken, Sleeper, Squares, note
from tools import BadArgument, Image, check_stop, progress, tool


@tool
def nap(model: Sleeper, text: str, ms: int) -> str:
    """Give the text back after a while."""
    note(f"begin {text}")
    end_time = time.monotonic() + ms / 1000
    while time.monotonic() < end_time:
        check_stop()
        time.sleep(0.005)
    note(f"end {text}")
    return text


@tool
def noise(model: Sleeper, image: Image, seed: int = 0) -> Image:
    """Add noise to a picture."""
    progress(0.5, "half", preview=image)
    pixels = image.array().astype(np.int16)
    pixels += np.random.default_rng(seed).integers(-20, 20, pixels.shape, np.int16)
    return Image(PIL.Image.fromarray(pixels.clip(0, 255).astype(np.uint8)))


@tool
def infinite(model: Sleeper) -> list[float]:
    """Give numbers that JSON has no form for."""
    return [float("inf"), 0.1]


@tool
def refuse_here(model: Sleeper, text: str) -> str:
    """Say that the argument is wrong."""
    raise BadArgument(f"{text!r} is not a good text", hint="try another")


@tool
def crash_here(model: Sleeper) -> str:
    """Fail in an unexpected way."""
    raise ZeroDivisionError("no luck")


@tool
def square(model: Squares, number: int) -> int:
    """Square a number."""
    return int(model.squares([number])[0])


@tool
def lift(model: Broken) -> str:
    """Need a model that does not fit."""
    return "lifted"


@tool(cache=False)
def end_worker_once(model: Sleeper, marker: str) -> str:
    """Kill the process that runs this, the first time."""
    path = Path(os.environ["SLOW_TOOLS_LOG"]).with_name(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), 9)
    return "survived"


@tool(cache=False)
def process(model: Sleeper) -> int:
    """Give the id of the process."""
    return os.getpid()
