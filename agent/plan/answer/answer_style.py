"""Decide from a request how exactly its answer gives places and times."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COORDINATES = re.compile(
    r"\b(coordinates?|coords?|koordinaten|coordonnées|coordenadas|coordinate"
    r"|pixel positions?|bounding[ -]box(es)?|bbox(es)?|x[ ,/]*(and )?y|edges of the box)\b",
    re.IGNORECASE,
)
_SECONDS = re.compile(
    r"\b((how many|number of|total|exact) seconds|(in|to|into) seconds|seconds\?)", re.IGNORECASE
)


@dataclass(frozen=True)
class AnswerStyle:
    """What an answer gives as raw numbers because the request asks for them."""

    coordinates: bool = False
    """Edges of boxes in pixels, not places in words."""
    seconds: bool = False
    """Long times in seconds, not in minutes."""


PLAIN = AnswerStyle()


def style_for(request: str) -> AnswerStyle:
    """Return the style of the answer to a request."""
    return AnswerStyle(
        coordinates=_COORDINATES.search(request) is not None,
        seconds=_SECONDS.search(request) is not None,
    )
