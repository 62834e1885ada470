"""Cheap tools for the soak: their results show whose file they got."""

from __future__ import annotations

import time

from tools import Image, check_stop, tool


@tool
def stamp(text: str) -> str:
    """Return the text in capitals."""
    return text.strip().upper()


@tool
def colour_code(image: Image) -> str:
    """Return the colour of the first pixel as a code."""
    red, green, blue = image.pixels.convert("RGB").getpixel((0, 0))  # pyright: ignore
    return f"COLOUR{red:02X}{green:02X}{blue:02X}"


@tool(cache=False)
def nap(text: str, seconds: int) -> str:
    """Return the text in capitals after some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        check_stop()
        time.sleep(0.02)
    return text.strip().upper()
