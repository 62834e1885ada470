"""Cut the silent parts out of a sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools import Audio, BadArgument, tool
from tools.sdk.argument_checks import require_sound
from tools.signal.pauses import heard_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LONG_PAUSE_S = 0.5
"""Shorter pauses belong to speech and music, and stay as they are."""
MARGIN_S = 0.15
"""What stays of a long pause on both of its sides: words fade, and speech needs breath."""
CROSSFADE_S = 0.01


@tool(words="Cut silence and long pauses out of {audio}")
def silence_cut(audio: Audio) -> Audio:
    """Cut the silent parts and long pauses out of a sound.

    Pauses of more than half a second become 0.3 seconds long; shorter ones stay.

    >>> short = silence_cut(speech)
    """
    require_sound(audio)
    spans = heard_spans(audio.samples, audio.rate)
    if not spans:
        raise BadArgument(
            "nothing is heard in the sound: all of it is silent",
            hint="use a sound in which something is heard",
        )
    parts = _kept_parts(spans, audio.samples.shape[1], audio.rate)
    return Audio(
        _joined([audio.samples[:, start:end] for start, end in parts], audio.rate), audio.rate
    )


def _kept_parts(spans: Sequence[tuple[int, int]], length: int, rate: int) -> list[tuple[int, int]]:
    """Return the parts between long pauses, with a margin on both sides."""
    margin = round(MARGIN_S * rate)
    parts = [spans[0]]
    for start, end in spans[1:]:
        if start - parts[-1][1] > LONG_PAUSE_S * rate:
            parts.append((start, end))
        else:
            parts[-1] = (parts[-1][0], end)
    return [(max(0, start - margin), min(length, end + margin)) for start, end in parts]


def _joined(parts: Sequence[NDArray[np.float32]], rate: int) -> NDArray[np.float32]:
    """Join parts with short crossfades, which leave no clicks."""
    overlap = round(CROSSFADE_S * rate)
    gain = np.linspace(0, 1, overlap).astype(np.float32)
    joined = [parts[0]]
    for part in parts[1:]:
        before = joined.pop()
        # Each part is longer than its margins, and they are longer than the crossfade.
        both = before[:, before.shape[1] - overlap :] * gain[::-1] + part[:, :overlap] * gain
        joined += [before[:, : before.shape[1] - overlap], both, part[:, overlap:]]
    return np.concatenate(joined, axis=1).astype(np.float32)
