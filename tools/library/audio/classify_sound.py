"""Classify the sounds in audio."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from tools import Audio, Model, Table, tool
from tools.sdk.argument_checks import require_sound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_KINDS = 12
"""The maximum number of rows, those with the highest scores."""

MIN_SCORE = 0.3


class SoundClassifier(Model, ABC):
    """An audio classifier that scores labels in sliding windows."""

    labels: tuple[str, ...]
    window_s: float
    step_s: float
    """The hop from one window to the next, in seconds."""

    @abstractmethod
    def scores(self, audio: Audio) -> NDArray[np.float32]:
        """Return the score of each label in each window, from 0 to 1: (windows, labels)."""


@tool
def classify_sound(model: SoundClassifier, audio: Audio) -> Table:
    """Say what is heard in a sound (speech, music, a dog, rain, …), how surely, from when to when.

    >>> heard = classify_sound(speech)
    """
    require_sound(audio)
    scores = model.scores(audio)
    best = scores.max(axis=0)
    rows: list[tuple[str | float, ...]] = []
    for kind in best.argsort()[::-1][:MAX_KINDS]:
        if best[kind] < MIN_SCORE:
            break
        (windows,) = (scores[:, kind] >= MIN_SCORE).nonzero()
        start = float(windows[0]) * model.step_s
        end = min(float(windows[-1]) * model.step_s + model.window_s, audio.seconds)
        rows.append(
            (model.labels[kind], round(float(best[kind]), 2), round(start, 1), round(end, 1))
        )
    return Table(("sound", "score", "from second", "to second"), tuple(rows))
