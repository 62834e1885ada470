"""Adapter of the gap filling in tools/signal/gap_filling.py; it has no weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tools import Audio, BadArgument
from tools.library.audio.fill_sound import GapFiller
from tools.signal.gap_filling import Gap, patch_gap


class Patching(GapFiller):
    """Fill a gap with the part whose context is most similar."""

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls()

    def fill(self, audio: Audio, gap: Gap) -> Audio:
        filled = patch_gap(audio.samples, gap, audio.rate)
        if filled is None:
            raise BadArgument(
                f"a gap of {gap.length / audio.rate:.2f} seconds is too long for a sound of "
                f"{audio.seconds:.1f} seconds: neither side holds a part of its length",
                hint="fill a shorter part",
            )
        return Audio(filled, audio.rate)
