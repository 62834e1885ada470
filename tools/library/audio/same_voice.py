"""Say how alike two voices are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from tools import Audio, BadArgument, Model, tool
from tools.sdk.argument_checks import require_sound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST_S = 0.5


class VoiceEncoder(Model, ABC):
    """A model that describes a voice by a vector, whatever it says."""

    @abstractmethod
    def voice(self, audio: Audio) -> NDArray[np.float32] | None:
        """Return a vector of length 1; None if nothing is heard."""


@tool(words="Compare the voices in {audio} and {other}", commutes=("audio", "other"))
def same_voice(model: VoiceEncoder, audio: Audio, other: Audio) -> float:
    """Say how alike two voices are, from 0 to 1; above 0.75 it is probably one person.

    >>> alike = same_voice(speech, noisy_speech)
    """
    vectors: list[NDArray[np.float32]] = []
    for sound in (audio, other):
        require_sound(sound)
        vector = model.voice(sound) if sound.seconds >= SHORTEST_S else None
        if vector is None:
            raise BadArgument(
                f"too little is heard in a sound of {sound.seconds:.1f} seconds to tell the voice",
                hint="use a recording in which somebody speaks for a second or more",
            )
        vectors.append(vector)
    return round(min(max(float(vectors[0] @ vectors[1]), 0.0), 1.0), 3)
