"""Compose and play piano music."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tools import Audio, Model, tool
from tools.arguments import require_between
from tools.piano import RATE, Note, played

LONGEST_S = 60.0

MAJOR = (2, 0, 1, 0, 2, 1, 0, 2, 0, 1, 0, 1)
MINOR = (2, 0, 1, 2, 0, 1, 0, 2, 1, 0, 1, 0)
"""How much each of the twelve tones is used, from the key's own upwards."""


@dataclass(frozen=True)
class Style:
    """What a piece is made of: its scale, and about how many notes a second."""

    scale: Sequence[float]
    notes_a_second: float


STYLES = {
    "calm": Style(MAJOR, 2.5),
    "happy": Style(MAJOR, 6),
    "sad": Style(MINOR, 2.5),
    "lively": Style(MINOR, 8),
}


class Composer(Model, ABC):
    """A model that writes piano music."""

    @abstractmethod
    def compose(self, style: Style, seconds: float, seed: int) -> tuple[Note, ...]:
        """Notes for that many seconds."""


@tool
def make_music(
    model: Composer,
    mood: Literal["calm", "happy", "sad", "lively"] = "calm",
    seconds: float = 15.0,
    seed: int = 0,
) -> Audio:
    """Compose a new piece of piano music in a mood, up to 60 seconds long.

    >>> tune = make_music("happy", seconds=8)
    """
    require_between("seconds", seconds, 1, LONGEST_S)
    return Audio(played(model.compose(STYLES[mood], seconds, seed), seconds), RATE)
