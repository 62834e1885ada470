"""Rendering of HTML templates, which escape all text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agent.web.view.turn_view import TurnView

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cast("dict[str, Any]", environment.filters)["seconds"] = format_seconds
    return environment


def render(template: str, **values: object) -> str:
    """Render a template of templates/ with these values."""
    return _templates().get_template(template).render(**values)


def render_turns(turns: Sequence[TurnView]) -> list[Mapping[str, str]]:
    """Render the runs of a conversation, each with its key."""
    return [
        {"key": turn.view.id, "html": render("turn.html", turn=turn, view=turn.view)}
        for turn in turns
    ]


def format_seconds(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
