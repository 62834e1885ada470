"""Basic Pitch (Bittner et al., 2022), which hears the notes of any instrument, in ONNX.

https://github.com/spotify/basic-pitch
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from tools import Audio, BadArgument, check_stop, progress
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.audio.notes import NoteFinder
from tools.signal.music.note_decoding import FRAME, RATE, decode_notes
from tools.signal.music.piano_synth import Note

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

WINDOW = 2 * RATE - FRAME
"""Samples that the network hears at once: 172 frames."""
EDGE = 15
"""Frames at both ends of a window that are left to its neighbours."""
STRIDE = WINDOW // FRAME + 1 - 2 * EDGE - 1
"""Whole frames from window to window, so that all of them lie on one grid."""
LONGEST_S = 600.0

_OUTPUTS = ("StatefulPartitionedCall:1", "StatefulPartitionedCall:2")
"""How sure it is that each key sounds, and that it is struck, in each frame."""


class BasicPitch(NoteFinder):
    """Hears several notes at once, of one instrument or voice best."""

    def __init__(self, network: InferenceSession) -> None:
        self.network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_network(files["weights"], device))

    def notes(self, audio: Audio) -> list[Note]:
        if audio.seconds > LONGEST_S:
            raise BadArgument(
                f"the sound lasts {audio.seconds:,.0f} seconds; {LONGEST_S:,.0f} are allowed to "
                "write down its notes",
                hint="use a part of it: notes(cut_sound(audio1, 0, 60))",
            )
        samples = audio.mono(RATE)
        if not samples.size:  # of a single sample nothing may be left
            return []
        frames = -(-len(samples) // FRAME)
        windows = -(-frames // STRIDE)
        length = (windows - 1) * STRIDE * FRAME + WINDOW
        padded = np.zeros(length + EDGE * FRAME, np.float32)
        padded[EDGE * FRAME :][: len(samples)] = samples[:length]
        parts: list[NDArray[np.float32]] = []
        for window in range(windows):
            check_stop()
            progress(window / windows, f"{window * STRIDE * FRAME / RATE:.0f} seconds heard")
            start = window * STRIDE * FRAME
            entry = padded[start : start + WINDOW][None, :, None]
            outputs = run_network(self.network, {"serving_default_input_2:0": entry}, _OUTPUTS)
            parts.append(np.stack([np.asarray(output)[0] for output in outputs]))
        sounding, struck = np.concatenate(
            [part[:, EDGE : EDGE + STRIDE] for part in parts], axis=1
        )[:, :frames]
        return decode_notes(sounding, struck)
