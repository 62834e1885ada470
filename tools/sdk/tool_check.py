"""Static checks of a tool, and the sample files that its examples use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tools.sdk.tool import SEED, Parameter

_FOLDER = Path(__file__).parents[1] / "samples"

SAMPLES: Mapping[str, Path] = {
    "film": _FOLDER / "film.mp4",
    "noisy_speech": _FOLDER / "noisy_speech.wav",
    "photo": _FOLDER / "photo.jpg",
    "portrait": _FOLDER / "portrait.jpg",
    "programme": _FOLDER / "programme.pdf",
    "receipt": _FOLDER / "receipt.png",
    "scene": _FOLDER / "scene.png",
    "sign": _FOLDER / "sign.png",
    "speech": _FOLDER / "speech.wav",
}
"""The names that an example can use without binding them."""

LONGEST_DESCRIPTION = 110
"""In characters: the planner reads this of every tool before each plan."""


class Describable(Protocol):
    """The documented part of a tool, or of anything callable like one."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def examples(self) -> tuple[str, ...]: ...

    @property
    def parameters(self) -> tuple[Parameter, ...]: ...


def check_tool(tool: Describable) -> tuple[str, ...]:
    """Return the problems of a tool's documentation, one sentence each."""
    problems: list[str] = []
    if len(tool.description) > LONGEST_DESCRIPTION:
        problems.append(
            f"the first paragraph of the docstring has {len(tool.description)} characters; "
            f"{LONGEST_DESCRIPTION} are allowed, because the planner reads it before each plan"
        )
    if not tool.examples:
        problems.append(
            f"there is no example: add a line such as `>>> result = {tool.name}(…)` to the "
            f"docstring; it can use {', '.join(SAMPLES)}"
        )
    elif not any(re.search(rf"\b{tool.name}\(", example) for example in tool.examples):
        problems.append(f"none of the examples calls {tool.name}")
    for parameter in tool.parameters:
        if parameter.name == SEED and str(parameter.type) != "Integer":
            problems.append(f"{SEED!r} is filled in by the run and must be an int: {parameter}")
    return tuple(problems)
