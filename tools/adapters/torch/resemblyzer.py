"""Resemblyzer's voice encoder (Wan et al., 2018: generalized end-to-end loss).

https://github.com/resemble-ai/Resemblyzer
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from tools import Audio, check_stop
from tools.library.audio.same_voice import VoiceEncoder
from tools.signal.pauses import heard_spans

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

RATE = 16_000
WINDOW, HOP = 400, 160
BANDS = 40
SIZE, LAYERS = 256, 3
FRAMES = 160
"""Frames that the network hears at once: 1.6 seconds."""
STEP = 77
LEAST_COVERED = 0.75
"""Of the last window: less of it is left out."""
LOUDNESS_DB = -30.0
"""Softer recordings are raised to this level."""
SHORTEST_PAUSE_S = 0.2
"""Longer pauses are cut out."""
MOST_S = 120.0
"""Of a longer recording its first minutes tell the voice."""


class Resemblyzer(VoiceEncoder):
    """Hears voices in any language, each recording with one voice."""

    def __init__(self, lstm: nn.LSTM, linear: nn.Linear) -> None:
        self.lstm = lstm
        self.linear = linear

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import torch
        from torch import nn

        state = torch.load(files["weights"], map_location="cpu", weights_only=True)["model_state"]
        lstm = nn.LSTM(BANDS, SIZE, LAYERS, batch_first=True)
        linear = nn.Linear(SIZE, SIZE)
        for name, module in (("lstm.", lstm), ("linear.", linear)):
            module.load_state_dict(
                {
                    key.removeprefix(name): value
                    for key, value in state.items()
                    if key.startswith(name)
                }
            )
        return cls(lstm.to(device).eval(), linear.to(device).eval())

    def voice(self, audio: Audio) -> NDArray[np.float32] | None:
        import torch

        samples = _without_pauses(audio.mono(RATE)[: round(MOST_S * RATE)])
        if not samples.size:
            return None
        level = 10 * np.log10(max(float((samples.astype(np.float64) ** 2).mean()), 1e-12))
        samples = samples * np.float32(10 ** (max(0.0, LOUDNESS_DB - level) / 20))
        bands = _mel_power(samples)
        check_stop()
        windows = torch.from_numpy(np.stack(_windows(bands))).to(self.linear.weight.device)
        with torch.inference_mode():
            _, (hidden, _) = self.lstm(windows)
            vectors = torch.relu(self.linear(hidden[-1]))
            vectors = vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-9)
            vector = vectors.mean(dim=0)
            return (vector / vector.norm().clamp(min=1e-9)).cpu().numpy()


def _without_pauses(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    if not samples.size:
        return samples
    spans = heard_spans(samples[None], RATE)
    parts: list[tuple[int, int]] = []
    for start, end in spans:
        if parts and start - parts[-1][1] < SHORTEST_PAUSE_S * RATE:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return np.concatenate([np.zeros(0, np.float32), *(samples[a:b] for a, b in parts)])


def _windows(bands: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return overlapping windows of frames, the last filled up with silence."""
    starts = range(0, max(1, len(bands) - FRAMES + STEP + 1), STEP)
    windows = [bands[start : start + FRAMES] for start in starts]
    whole = [w for w in windows if len(w) >= LEAST_COVERED * FRAMES] or windows[:1]
    return [np.pad(w, ((0, FRAMES - len(w)), (0, 0))) for w in whole]


def _mel_power(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power in each band of each frame, (frames, bands), as librosa computes it."""
    padded = np.pad(samples, WINDOW // 2)
    if len(padded) < WINDOW:
        padded = np.pad(padded, (0, WINDOW - len(padded)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    return (power @ _bands().T).astype(np.float32)


@cache
def _bands() -> NDArray[np.float64]:
    """Return Slaney's mel filters: even steps up to 1 kHz, even ratios above, equal areas."""
    linear, ratio = 200 / 3, np.log(6.4) / 27
    highest = 15 + np.log(RATE / 2 / 1_000) / ratio
    mels = np.linspace(0, highest, BANDS + 2)
    hertz = np.where(mels < 15, mels * linear, 1_000 * np.exp(ratio * (mels - 15)))
    low, middle, high = hertz[:-2, None], hertz[1:-1, None], hertz[2:, None]
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)
    shapes = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return np.maximum(0, shapes) * 2 / (high - low)
