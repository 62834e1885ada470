"""Bring a sound to the loudness of other recordings."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING

import numpy as np

from tools import Audio, BadArgument, tool
from tools.sdk.argument_checks import require_sound
from tools.signal.limiter import limited
from tools.signal.loudness import integrated_loudness

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOUDNESS = -16.0
"""LUFS: what podcasts and players on the web aim at."""
CEILING = 10 ** (-1 / 20)
"""1 dB below full scale, peaks between samples included: encoders need this room."""
MOST_GAIN_DB = 40.0
"""More would only make noise loud."""


@tool(words="Bring {audio} to a usual loudness")
def normalize(audio: Audio) -> Audio:
    """Bring a sound to a usual, even loudness.

    The loudness is measured by ITU-R BS.1770, without pauses, and brought to -16 LUFS. Peaks are
    limited softly to 1 dB below full scale.

    >>> usual = normalize(speech)
    """
    require_sound(audio)
    loudness = integrated_loudness(audio.samples, audio.rate)
    if isinf(loudness):
        raise BadArgument(
            "the sound is silent: there is no loudness to bring to another",
            hint="use a sound in which something is heard",
        )
    gain_db = min(LOUDNESS - loudness, MOST_GAIN_DB)
    samples = _raised(audio, gain_db)
    # Limited peaks take loudness away: the second time there is as much more.
    lost_db = loudness + gain_db - integrated_loudness(samples, audio.rate)
    return Audio(_raised(audio, gain_db + lost_db), audio.rate)


def _raised(audio: Audio, gain_db: float) -> NDArray[np.float32]:
    return limited(audio.samples * np.float32(10 ** (gain_db / 20)), audio.rate, CEILING)
