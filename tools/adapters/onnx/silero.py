"""Silero's voice activity detector in ONNX. https://github.com/snakers4/silero-vad"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Audio, check_stop, progress
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.audio.find_speech import SpeechFinder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

RATE = 16_000
STEP = 512
CONTEXT = 64
"""Samples of context before each step."""

CHUNK_STEPS = 1_000
"""About half a minute of audio."""


class Silero(SpeechFinder):
    """Voice activity detector for any language, in steps of 32 milliseconds."""

    step_s = STEP / RATE

    def __init__(self, network: InferenceSession) -> None:
        self.network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_network(files["weights"], device))

    def speech_probabilities(self, audio: Audio) -> NDArray[np.float32]:
        import numpy as np

        samples = audio.mono(RATE)
        steps = max(1, -(-len(samples) // STEP))
        padded = np.zeros(CONTEXT + steps * STEP, np.float32)
        padded[CONTEXT : CONTEXT + len(samples)] = samples
        windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + STEP)[::STEP]
        state = {name: np.zeros((1, 1, 128), np.float32) for name in ("h", "c")}
        chunks: list[NDArray[np.float32]] = []
        for first in range(0, steps, CHUNK_STEPS):
            check_stop()
            seconds = first * self.step_s
            progress(first / steps, f"{seconds:.0f} of {audio.seconds:.0f} seconds heard")
            part = np.ascontiguousarray(windows[first : first + CHUNK_STEPS])
            probabilities, hidden, cell = run_network(self.network, {"input": part, **state})
            state = {"h": np.asarray(hidden), "c": np.asarray(cell)}
            chunks.append(np.asarray(probabilities, np.float32))
        return np.concatenate(chunks)
