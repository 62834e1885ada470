"""Tools for tests that leave in every way Python has."""

import asyncio
import ctypes
import os
import sys
import time
from pathlib import Path

from tools import tool


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
def kill_server(how: str) -> str:
    """End the whole process."""
    note(f"begin {how}")
    if how == "fault":
        ctypes.string_at(0)
    os._exit(1)


@tool
def work_long(text: str) -> str:
    """Work until the server ends."""
    note(f"begin {text}")
    time.sleep(600)
    return text
