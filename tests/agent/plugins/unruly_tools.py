"""Tools for tests that leave in every way Python has."""

import asyncio
import ctypes
import os
import sys
import time
from pathlib import Path

import PIL.Image

from tools import Image, Table, tool

print("printed while loading")


def note(line: str) -> None:
    with Path(os.environ["SLOW_TOOLS_LOG"]).open("a") as log:
        log.write(line + "\n")


@tool
def leave(how: str) -> str:
    """Raise what no tool should raise."""
    match how:
        case "exit":
            sys.exit("goodbye")
        case "stop":
            raise StopIteration("no more")
        case "async stop":
            raise StopAsyncIteration
        case "interrupt":
            raise KeyboardInterrupt
        case "cancel":
            raise asyncio.CancelledError
        case "close":
            raise GeneratorExit
        case "base":
            raise BaseException("of no kind")  # noqa: TRY002
        case _:
            return how


@tool
def give_number(digits: int) -> int:
    """Return a power of ten."""
    return 10**digits


@tool
def give_text(kind: str) -> str:
    """Return a text of that kind."""
    return {"surrogate": "half \ud83d", "long": "x" * 10_000_001}.get(kind, kind)


@tool
def give_list(items: int) -> list[int]:
    """Return a list of that length."""
    return [0] * items


@tool
def give_image(side: int) -> Image:
    """Return a square image."""
    return Image(PIL.Image.new("RGB", (side, side)))


@tool
def give_table(text: str) -> Table:
    """Return a table that cannot be written."""
    return Table(("a",), (("half \ud83d",),))


@tool
def fail_with(text: str) -> str:
    """Raise an error whose message is no valid Unicode."""
    raise ValueError("half \ud83d")


@tool
def print_much(text: str) -> str:
    """Print through Python and through C."""
    print(f"printed {text}")
    os.write(1, f"written {text}\n".encode())
    return text


@tool
def kill_server(how: str) -> str:
    """End the whole process."""
    note(f"begin {how}")
    if how == "fault":
        ctypes.string_at(0)
    os._exit(1)


@tool
def work_until(gate: str) -> str:
    """Work until a file of that name is beside the log."""
    note(f"begin {gate}")
    while not Path(os.environ["SLOW_TOOLS_LOG"]).with_name(gate).exists():
        time.sleep(0.01)
    return f"{gate} is open"


@tool
def work_long(text: str) -> str:
    """Work until the server ends."""
    note(f"begin {text}")
    time.sleep(600)
    return text
