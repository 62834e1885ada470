"""NSNet2 speech enhancement (Braun and Tashev, 2020) in ONNX.

For each frame of the spectrogram it predicts a gain per frequency that suppresses noise.
https://github.com/microsoft/DNS-Challenge/tree/master/NSNet2-baseline
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Audio, check_stop, progress
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.audio.clean_sound import VoiceFilter
from tools.signal.channels import map_channels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

RATE = 48_000
WINDOW = 960
FFT = 1_024
STEP = 512

CHUNK_FRAMES = 1_000
"""About ten seconds, so that the run stops soon after a request."""
CONTEXT_FRAMES = 200
"""The network is recurrent: each chunk starts with about two seconds of context."""


class NsNet2(VoiceFilter):
    """Noise suppressor for speech in any language, up to 24 kHz."""

    def __init__(self, network: InferenceSession) -> None:
        self.network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_network(files["weights"], device))

    def voice(self, audio: Audio) -> Audio:
        return map_channels(
            audio, RATE, lambda samples, channel: self._filter_channel(samples, channel, audio)
        )

    def _filter_channel(
        self, samples: NDArray[np.float32], channel: int, audio: Audio
    ) -> NDArray[np.float32]:
        import numpy as np

        # Square-root Hann window for analysis and synthesis.
        window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))
        window = window.astype(np.float32)
        frames = -(-len(samples) // STEP) + 1
        padded = np.zeros((frames + 1) * STEP + WINDOW, np.float32)
        padded[STEP : STEP + len(samples)] = samples
        windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP][:frames]
        total = np.zeros_like(padded)
        weight = np.zeros_like(padded)
        for first in range(0, frames, CHUNK_FRAMES):
            check_stop()
            fraction = (channel + first / frames) / len(audio.samples)
            progress(
                fraction, f"{fraction * audio.seconds:.0f} of {audio.seconds:.0f} seconds cleaned"
            )
            start = max(0, first - CONTEXT_FRAMES)
            spectrum = np.fft.rfft(windows[start : first + CHUNK_FRAMES] * window, FFT)
            power = np.log10(np.maximum(np.abs(spectrum) ** 2, 1e-12)).astype(np.float32)
            gain = np.asarray(run_network(self.network, {"input": power[None]})[0])[0]
            speech = np.fft.irfft(spectrum * gain, FFT)[first - start :, :WINDOW] * window
            for number, piece in enumerate(speech, start=first):
                span = slice(number * STEP, number * STEP + WINDOW)
                total[span] += piece
                weight[span] += window**2
        restored = total / np.maximum(weight, 1e-3)
        return restored[STEP : STEP + len(samples)].astype(np.float32)
