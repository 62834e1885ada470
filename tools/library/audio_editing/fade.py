"""Let a sound begin and end softly."""

from __future__ import annotations

import numpy as np

from tools import Audio, tool
from tools.media.media_limits import LIMITS
from tools.sdk.argument_checks import require_between, require_sound


@tool(words="Fade {audio} in over {fade_in} s and out over {fade_out} s")
def fade(audio: Audio, fade_in: float = 2.0, fade_out: float = 2.0) -> Audio:
    """Fade a sound in at its start and out at its end, each over some seconds; 0 for neither.

    In a sound that is shorter than both together, both are shortened in proportion.

    >>> soft = fade(speech, 0.5, 1)
    """
    require_sound(audio)
    require_between("fade_in", fade_in, 0, LIMITS.seconds)
    require_between("fade_out", fade_out, 0, LIMITS.seconds)
    scale = min(1.0, audio.seconds / max(fade_in + fade_out, 1e-9)) * audio.rate
    samples = audio.samples.copy()
    for seconds, part in ((fade_in, samples), (fade_out, samples[:, ::-1])):
        length = round(seconds * scale)
        # Half a cosine: nothing is heard of where it begins and ends.
        gain = (1 - np.cos(np.pi * np.arange(length) / max(length, 1))) / 2
        part[:, :length] *= gain.astype(np.float32)
    return Audio(samples, audio.rate)
