"""Sounds whose every sample is known, and how near another sound comes to them."""

import numpy as np

from tools import Audio

RATE = 16_000


def tone(hertz: float, seconds: float, rate: int = RATE, loudness: float = 0.5) -> Audio:
    time = np.arange(round(seconds * rate)) / rate
    return Audio(loudness * np.sin(2 * np.pi * hertz * time), rate)


def silence(seconds: float, rate: int = RATE) -> Audio:
    return Audio(np.zeros(round(seconds * rate)), rate)


def loudest_hertz(audio: Audio) -> float:
    samples = audio.samples[0]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * audio.rate / len(samples))


def signal_to_noise(wanted: np.ndarray, found: np.ndarray) -> float:
    """In decibels; how loud the found sound is does not count."""
    found = found.astype(np.float64)
    part = (wanted @ found) / (wanted @ wanted) * wanted
    return float(10 * np.log10((part @ part) / ((found - part) @ (found - part))))
