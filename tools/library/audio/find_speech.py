"""Find the time spans of speech (voice activity detection)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from tools import Audio, Model, Table, tool
from tools.sdk.argument_checks import require_sound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPEECH = 0.5
"""The probability at which speech begins."""
STILL_SPEECH = 0.35
"""The lower probability at which speech ends (hysteresis), since words fade."""
SHORTEST_SPEECH_S = 0.25
SHORTEST_PAUSE_S = 0.3
MARGIN_S = 0.05


class SpeechFinder(Model, ABC):
    """A voice activity detection model."""

    step_s: float

    @abstractmethod
    def speech_probabilities(self, audio: Audio) -> NDArray[np.float32]:
        """Return the probability of speech in each step: (steps,)."""


@tool
def find_speech(model: SpeechFinder, audio: Audio) -> Table:
    """Say when somebody speaks in a sound: from which second to which. No rows if nobody does.

    >>> spoken = find_speech(speech)
    """
    require_sound(audio)
    spans = _spans(model.speech_probabilities(audio), model.step_s)
    return Table(
        ("from second", "to second"),
        tuple(
            (
                round(max(start - MARGIN_S, 0.0), 2),
                round(min(end + MARGIN_S, audio.seconds), 2),
            )
            for start, end in spans
        ),
    )


def _spans(probabilities: NDArray[np.float32], step_s: float) -> list[tuple[float, float]]:
    """Return the start and end of each speech span, ignoring short pauses and short noises."""
    spans: list[tuple[float, float]] = []
    speaking = False
    for step, probability in enumerate([*probabilities.tolist(), 0.0]):
        if not speaking and probability >= SPEECH:
            speaking = True
            span_start = step * step_s
            if spans and span_start - spans[-1][1] < SHORTEST_PAUSE_S:
                span_start = spans.pop()[0]
            spans.append((span_start, span_start))
        elif speaking and probability < STILL_SPEECH:
            speaking = False
            spans[-1] = (spans[-1][0], step * step_s)
    return [(start, end) for start, end in spans if end - start >= SHORTEST_SPEECH_S]
