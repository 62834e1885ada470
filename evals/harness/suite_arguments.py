"""Turn the options of a command into the arguments of a suite's function."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.errors import InputError


def suite_arguments(
    llm: str, profile: str, data: Path | None, options: Sequence[str]
) -> dict[str, Any]:
    """Return the arguments of a suite's function; `options` are written name=value.

    Defaults are left out: not every suite has every parameter.
    """
    arguments: dict[str, Any] = {"llm": llm} if llm else {}
    if profile != "offline":
        arguments["profile"] = profile
    if data:
        arguments["data"] = str(data.resolve())
    for option in options:
        name, separator, value = option.partition("=")
        if not separator:
            raise InputError(
                f"--set {option!r} is not written name=value", hint="for example --set split=report"
            )
        arguments[name] = int(value) if value.isdigit() else value
    return arguments
