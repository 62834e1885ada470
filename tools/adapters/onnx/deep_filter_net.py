"""DeepFilterNet3 speech enhancement (Schröter et al., 2023) in ONNX.

An encoder reads the loudness of 32 ERB bands and the normalized spectrum below 4.8 kHz. One decoder
predicts a gain for each band, which shapes the envelope; the other predicts a complex filter over
five frames for each low frequency, which restores the periodic parts of speech.
https://arxiv.org/abs/2305.08227 https://github.com/Rikorose/DeepFilterNet
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from tools import Audio, check_stop, progress
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.audio.clean_sound import VoiceFilter
from tools.signal.channels import map_channels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

RATE = 48_000
FFT = 960
HOP = 480
BANDS = 32
NARROWEST_BAND = 2
"""Frequencies of the narrowest band."""
FILTERED = 96
"""Frequencies that are filtered: 50 Hz apart, up to 4.8 kHz."""
TAPS = 5
LOOKAHEAD = 2
"""Frames after the current one that both the network and its filter use."""

SMOOTHING = 0.99
"""Of the running means that normalize the input: a time constant of one second."""
INITIAL_BAND_DB = np.linspace(-60, -90, BANDS)
INITIAL_MAGNITUDE = np.linspace(1e-3, 1e-4, FILTERED)
BAND_SCALE_DB = 40

CLEAN_SNR_DB = 30
"""Frames that the encoder estimates to be cleaner stay as they are, as in its authors' program."""

CHUNK_FRAMES = 1_000
"""Ten seconds, so that the run stops soon after a request."""
CONTEXT_FRAMES = 300
"""The networks are recurrent: each chunk starts with three seconds of context."""

_NETWORKS = ("enc", "erb_dec", "df_dec")


@dataclass(frozen=True)
class Features:
    """The normalized input of the encoder."""

    bands: NDArray[np.float32]
    """(frames, BANDS)"""
    spectrum: NDArray[np.float32]
    """(2, frames, FILTERED), real and imaginary part."""


class DeepFilterNet(VoiceFilter):
    """Noise suppressor for speech in any language, up to 24 kHz."""

    def __init__(self, networks: Mapping[str, InferenceSession]) -> None:
        self.networks = networks

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        with tarfile.open(files["weights"]) as archive:
            contents = {Path(entry.name).stem: archive.extractfile(entry) for entry in archive}
            networks = {
                name: open_network(file.read(), device)
                for name in _NETWORKS
                if (file := contents[name])
            }
        return cls(networks)

    def voice(self, audio: Audio) -> Audio:
        def clean_channel(samples: NDArray[np.float32], channel: int) -> NDArray[np.float32]:
            spectrum = analyse(samples)
            features = features_of(spectrum)
            voice = np.empty_like(spectrum)
            for first in range(0, len(spectrum), CHUNK_FRAMES):
                check_stop()
                share = (channel + first / len(spectrum)) / len(audio.samples)
                done_s = f"{share * audio.seconds:.0f} of {audio.seconds:.0f} seconds cleaned"
                progress(share, done_s)
                span = slice(first, min(first + CHUNK_FRAMES, len(spectrum)))
                voice[span] = self._filter(spectrum, features, span)
            return synthesize(voice)[: len(samples)]

        return map_channels(audio, RATE, clean_channel)

    def _filter(
        self, spectrum: NDArray[np.complex128], features: Features, span: slice
    ) -> NDArray[np.complex128]:
        """Return the voice in these frames of the spectrum."""
        start = max(0, span.start - CONTEXT_FRAMES)
        bands = _ahead(features.bands, start, span.stop)
        low = [_ahead(part, start, span.stop) for part in features.spectrum]
        inputs = {"feat_erb": bands[None, None], "feat_spec": np.stack(low)[None]}
        encoded = self._run("enc", inputs)
        gains = self._run("erb_dec", encoded)["m"][0, 0, span.start - start :]
        taps = self._run("df_dec", encoded)["coefs"][0, span.start - start :]
        voice = spectrum[span] * np.repeat(gains, band_widths(), axis=1)
        voice[:, :FILTERED] = apply_taps(spectrum, taps, span)
        is_clean = encoded["lsnr"].reshape(-1)[span.start - start :] > CLEAN_SNR_DB
        voice[is_clean] = spectrum[span][is_clean]
        return voice

    def _run(
        self, name: str, values: Mapping[str, NDArray[np.float32]]
    ) -> dict[str, NDArray[np.float32]]:
        """Run a network on those of the values that it takes."""
        network = self.networks[name]
        inputs = {entry.name: values[entry.name] for entry in network.get_inputs()}
        names = [entry.name for entry in network.get_outputs()]
        return dict(zip(names, run_network(network, inputs, names), strict=True))


@cache
def band_widths() -> tuple[int, ...]:
    """Return the number of frequencies in each ERB band (Glasberg and Moore, 1990)."""
    corner_hz = 24.7 * 9.265
    steps = np.arange(1, BANDS + 1) / BANDS * np.log1p(RATE / 2 / corner_hz)
    ends = [0]
    for hertz in corner_hz * np.expm1(steps):
        ends.append(max(round(hertz * FFT / RATE), ends[-1] + NARROWEST_BAND))
    ends[-1] = FFT // 2 + 1
    return tuple(np.diff(ends).tolist())


@cache
def _window() -> NDArray[np.float64]:
    """Return the Vorbis window, whose squares add up to one."""
    phases = np.sin(np.pi * (np.arange(FFT) + 0.5) / FFT)
    return np.sin(np.pi / 2 * phases**2)


def analyse(samples: NDArray[np.float32]) -> NDArray[np.complex128]:
    """Return the spectrum: (frames, FFT // 2 + 1), so that each sample is in two frames."""
    frames = -(-len(samples) // HOP) + 1
    padded = np.zeros((frames + 1) * HOP)
    padded[HOP : HOP + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    return np.fft.rfft(windows * _window())


def synthesize(spectrum: NDArray[np.complex128]) -> NDArray[np.float32]:
    """Invert `analyse` by overlap-add."""
    pieces = (np.fft.irfft(spectrum, FFT) * _window()).reshape(-1, 2, HOP)
    return (pieces[1:, 0] + pieces[:-1, 1]).reshape(-1).astype(np.float32)


def features_of(spectrum: NDArray[np.complex128]) -> Features:
    """Normalize the loudness of the bands and the spectrum by their running means."""
    scaled = spectrum / FFT
    starts = np.cumsum((0, *band_widths()[:-1]))
    power = np.add.reduceat(np.abs(scaled) ** 2, starts, axis=1) / band_widths()
    decibels = 10 * np.log10(power + 1e-10)
    bands = (decibels - _running_mean(decibels, INITIAL_BAND_DB)) / BAND_SCALE_DB
    low = scaled[:, :FILTERED]
    low = low / np.sqrt(np.maximum(_running_mean(np.abs(low), INITIAL_MAGNITUDE), 1e-12))
    return Features(bands.astype(np.float32), np.stack([low.real, low.imag]).astype(np.float32))


def _running_mean(values: NDArray[np.float64], initial: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the exponential mean of each column up to each row."""
    means = np.empty_like(values)
    state = initial
    for index, row in enumerate(values):
        state = (1 - SMOOTHING) * row + SMOOTHING * state
        means[index] = state
    return means


def _ahead(values: NDArray[np.float32], start: int, stop: int) -> NDArray[np.float32]:
    """Return the rows LOOKAHEAD after each of a span; zeros after the last."""
    rows = values[start + LOOKAHEAD : stop + LOOKAHEAD]
    return np.pad(rows, ((0, stop - start - len(rows)), (0, 0)))


def apply_taps(
    spectrum: NDArray[np.complex128], taps: NDArray[np.float32], span: slice
) -> NDArray[np.complex128]:
    """Filter the low frequencies over TAPS frames, the last LOOKAHEAD frames ahead."""
    before = TAPS - 1 - LOOKAHEAD
    padded = np.pad(spectrum[:, :FILTERED], ((before, LOOKAHEAD), (0, 0)))
    pairs = taps.astype(np.float64).reshape(span.stop - span.start, FILTERED, TAPS, 2)
    weights = pairs[..., 0] + 1j * pairs[..., 1]
    filtered = [
        weights[:, :, tap] * padded[span.start + tap : span.stop + tap] for tap in range(TAPS)
    ]
    return np.sum(filtered, axis=0)
