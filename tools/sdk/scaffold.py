"""The scaffold of a new tool: a working file and a passing test."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Container
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

from tools.errors import InputError
from tools.sdk.registry import RESERVED

_TOOL = '''\
from tools import Image, tool


@tool
def {name}(image: Image) -> Image:
    """Turn a picture upside down.

    >>> turned = {name}(photo)
    """
    return image.map(lambda pixels: pixels.rotate(180))
'''

_TEST = """\
import PIL.Image
from {name} import {name}

from tools import Image


def test_the_upper_left_corner_becomes_the_lower_right_one():
    pixels = PIL.Image.new("RGB", (4, 3), "white")
    pixels.putpixel((0, 0), (255, 0, 0))

    turned = {name}(Image(pixels))

    assert turned.pixels.getpixel((3, 2)) == (255, 0, 0)
"""


@dataclass(frozen=True)
class NewTool:
    """The paths of the two generated files."""

    tool: Path
    test: Path


def new_tool(name: str, folder: Path, existing_names: Container[str] = ()) -> NewTool:
    """Write NAME.py and test_NAME.py into a folder; names of existing tools are refused."""
    _check_name(name, existing_names)
    files = NewTool(folder / f"{name}.py", folder / f"test_{name}.py")
    for path in (files.tool, files.test):
        if path.exists():
            raise InputError(f"there is already a file {str(path)!r}", hint="choose another name")
    if importlib.util.find_spec(name):
        raise InputError(
            f"a tool cannot be called {name!r}: Python has a module of that name here",
            hint=f"choose another name, such as {name + '_picture'!r}",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in ((files.tool, _TOOL), (files.test, _TEST)):
            with path.open("x", encoding="utf-8") as file:
                file.write(text.format(name=name))
    except OSError as error:
        raise InputError(
            f"the tool {name!r} cannot be written into {str(folder)!r}: {error}",
            hint="choose a folder that you may write into",
        ) from error
    return files


def _check_name(name: str, existing_names: Container[str]) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or iskeyword(name):
        raise InputError(
            f"a tool cannot be called {name!r}: a name is up to 40 small letters, digits and "
            "underscores, begins with a letter and is no word of Python",
            hint="a verb and a noun read well in a plan: sharpen_picture",
        )
    if name in RESERVED or name in existing_names:
        raise InputError(
            f"a tool cannot be called {name!r}: plans already know that word",
            hint="choose another name",
        )
