"""Colours by their names and codes."""

from __future__ import annotations

import difflib

from tools.errors import BadArgument

Rgb = tuple[int, int, int]


def rgb_of(colour: str) -> Rgb:
    """Return red, green and blue of a CSS colour; BadArgument with near names if unknown."""
    import PIL.ImageColor

    # "Dark blue" is CSS's "darkblue".
    name = "".join(colour.casefold().split()).replace("-", "")
    try:
        red, green, blue = PIL.ImageColor.getrgb(name)[:3]
    except ValueError as error:
        near = difflib.get_close_matches(name, PIL.ImageColor.colormap, n=3)
        raise BadArgument(
            f"the colour {colour[:40]!r} is not known; allowed are the names of CSS, such as "
            '"red" or "dark blue", and codes such as "#ff8800"',
            hint=f"use {' or '.join(map(repr, near))}"
            if near
            else "use a plain colour, or its code",
        ) from error
    return red, green, blue
