"""Synthesised sound effects: beeps, rain, an engine and so on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from evals.world.audio.instruments import RATE
from evals.world.seeded_random import SeededRandom

Wave = NDArray[np.floating]


@dataclass(frozen=True)
class Effect:
    """A kind of sound and its synthesiser, at any level.

    `make` returns one short event if the sound is countable, else the requested seconds of it.
    """

    name: str
    make: Callable[[float, SeededRandom], Wave]
    plural: str = ""
    """Empty if the sound is continuous and not countable."""
    slides: bool = False
    """Whether its pitch can rise or fall."""

    @property
    def is_countable(self) -> bool:
        return bool(self.plural)


def _time(seconds: float) -> Wave:
    return np.arange(int(seconds * RATE), dtype=np.float32) / RATE


def _tone(frequency: Wave | float, seconds: float) -> Wave:
    """Synthesise a sine; its frequency in hertz may vary by sample."""
    cycles = np.cumsum(np.broadcast_to(frequency, int(seconds * RATE)), dtype=np.float64) / RATE
    return np.sin(2 * np.pi * (cycles % 1)).astype(np.float32)


def _decay(seconds: float, half_life_s: float) -> Wave:
    return (0.5 ** (_time(seconds) / half_life_s)).astype(np.float32)


def _soft_edges(seconds: float, edge_s: float = 0.008) -> Wave:
    """Return an envelope of 1 with soft edges."""
    time = _time(seconds)
    return np.minimum(np.minimum(time, time[::-1]) / edge_s, 1).astype(np.float32)


def _noise(seconds: float, rng: SeededRandom, low: float, high: float) -> Wave:
    """Return noise between two frequencies in hertz, with peak 1."""
    samples = int(seconds * RATE)
    spectrum = np.fft.rfft(rng.array(samples) * 2 - 1)
    frequency = np.fft.rfftfreq(samples, 1 / RATE)
    # Second-order edges: a brick-wall filter would ring.
    gain = 1 / (1 + (low / np.maximum(frequency, 1)) ** 4) / (1 + (frequency / high) ** 4)
    shaped = np.fft.irfft(spectrum * gain, samples).astype(np.float32)
    return shaped / np.abs(shaped).max()


def _beep(_: float, rng: SeededRandom) -> Wave:
    seconds = rng.between(0.16, 0.24)
    return _tone(rng.between(800, 1400), seconds) * _soft_edges(seconds)


def _knock(_: float, rng: SeededRandom) -> Wave:
    body = rng.between(140, 220)
    wood = _tone(body, 0.16) + 0.6 * _tone(body * 2.7, 0.16)
    return wood * _decay(0.16, 0.018) + 0.3 * _noise(0.16, rng, 200, 1500) * _decay(0.16, 0.006)


def _bell(_: float, rng: SeededRandom) -> Wave:
    fundamental = rng.between(420, 640)
    partials = ((1.0, 1.0, 0.22), (2.0, 0.6, 0.16), (2.76, 0.5, 0.1), (5.4, 0.35, 0.05))
    tones = [a * _tone(fundamental * p, 1.2) * _decay(1.2, half) for p, a, half in partials]
    return np.sum(tones, axis=0, dtype=np.float32) * _soft_edges(1.2, 0.002)


def _chirp(_: float, rng: SeededRandom) -> Wave:
    low = rng.between(2200, 2800)
    time = np.linspace(0, 1, int(0.16 * RATE), dtype=np.float32)
    sweep = low * (1 + 0.8 * np.abs(np.sin(2 * np.pi * 1.5 * time)))
    return _tone(sweep, 0.16) * np.sin(np.pi * time) ** 2


def _drip(_: float, rng: SeededRandom) -> Wave:
    low = rng.between(500, 700)
    time = _time(0.12)
    return _tone(low + 9000 * time, 0.12) * _decay(0.12, 0.02) * _soft_edges(0.12, 0.003)


def _clap(_: float, rng: SeededRandom) -> Wave:
    hands = np.zeros(int(0.2 * RATE))
    for delay_s in (0.0, 0.011, 0.02):
        start = int(delay_s * RATE)
        hands[start:] += _noise(0.2 - delay_s, rng, 700, 3000) * _decay(0.2 - delay_s, 0.018)
    return hands


def _tick(_: float, rng: SeededRandom) -> Wave:
    return _tone(rng.between(2600, 3400), 0.05) * _decay(0.05, 0.003)


def _horn(_: float, rng: SeededRandom) -> Wave:
    low, samples = rng.between(330, 420), int(0.32 * RATE)
    honk = np.sign(_tone(low, 0.32)) + np.sign(_tone(1.25 * low, 0.32))
    dull = 1 / (1 + (np.fft.rfftfreq(samples, 1 / RATE) / 2500) ** 4)
    return np.fft.irfft(np.fft.rfft(honk) * dull, samples) * _soft_edges(0.32, 0.02)


def _boom(_: float, rng: SeededRandom) -> Wave:
    fall = 1 + 1.2 * _decay(0.45, 0.04)
    drum = _tone(rng.between(50, 70) * fall, 0.45) * _decay(0.45, 0.09)
    return drum * _soft_edges(0.45, 0.05) + 0.3 * _noise(0.45, rng, 60, 600) * _decay(0.45, 0.03)


def _static(seconds: float, rng: SeededRandom) -> Wave:
    return rng.array(int(seconds * RATE)) * 2 - 1


def _rain(seconds: float, rng: SeededRandom) -> Wave:
    rain = 0.35 * _noise(seconds, rng, 1200, 6000)
    for _ in range(int(45 * seconds)):
        drop = _tone(rng.between(1800, 4500), 0.02) * _decay(0.02, 0.003)
        start = rng.integer(0, len(rain) - len(drop))
        rain[start : start + len(drop)] += rng.between(0.15, 0.6) * drop
    return rain


def _wind(seconds: float, rng: SeededRandom) -> Wave:
    time, slow, start = _time(seconds), rng.between(0.6, 1.1), rng.uniform()
    gusts = 0.6 + 0.4 * np.sin(2 * np.pi * (slow * time + start))
    whistle = _noise(seconds, rng, 480, 620) * gusts**2
    return 0.8 * _noise(seconds, rng, 60, 380) * gusts + 0.4 * whistle


def _waves(seconds: float, rng: SeededRandom) -> Wave:
    time, start = _time(seconds), rng.uniform()
    surge = ((time * rng.between(0.8, 1.1) + start) % 1) ** 2
    return _noise(seconds, rng, 150, 2200) * (0.08 + surge)


def _siren(seconds: float, rng: SeededRandom) -> Wave:
    time, turns = _time(seconds), rng.between(1.4, 2.2)
    wail = np.sin(2 * np.pi * (turns * time + rng.uniform()))
    return _tone(rng.between(850, 1000) + 350 * wail, seconds)


def _engine(seconds: float, rng: SeededRandom) -> Wave:
    speed, strokes = rng.between(26, 36), (1, 2, 3, 4, 6)
    turns = [_tone(speed * stroke, seconds) / stroke**0.7 for stroke in strokes]
    puffs = 0.5 + 0.5 * _tone(speed, seconds)
    return np.sum(turns, axis=0, dtype=np.float32) + _noise(seconds, rng, 80, 500) * puffs


def _buzz(seconds: float, rng: SeededRandom) -> Wave:
    wings = rng.between(190, 230) * (1 + 0.02 * _tone(rng.between(4, 7), seconds))
    harmonics = [_tone(wings * number, seconds) / number for number in range(1, 9)]
    return np.sum(harmonics, axis=0, dtype=np.float32) * (1 + 0.3 * _tone(9.0, seconds))


def _whistle(seconds: float, rng: SeededRandom) -> Wave:
    breath = 0.05 * _noise(seconds, rng, 1000, 3000)
    return _tone(rng.between(1300, 1700), seconds) + breath


def _applause(seconds: float, rng: SeededRandom) -> Wave:
    crowd = 0.05 * _noise(seconds, rng, 700, 3000)
    clap = _noise(0.03, rng, 700, 3000) * _decay(0.03, 0.006)
    for _ in range(int(60 * seconds)):
        start = rng.integer(0, len(crowd) - len(clap))
        crowd[start : start + len(clap)] += rng.between(0.2, 0.8) * clap
    return crowd


def slide(seconds: float, rising: bool, rng: SeededRandom) -> Wave:
    """Synthesise a whistle that glides by more than an octave."""
    low = rng.between(700, 1000)
    progress = np.linspace(0, 1, int(seconds * RATE), dtype=np.float32)
    tone = _tone(low * (2.6 ** (progress if rising else 1 - progress)), seconds)
    return tone + 0.05 * _noise(seconds, rng, 1000, 3000)


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        effect.name: effect
        for effect in (
            Effect("beep", _beep, "beeps"),
            Effect("knock", _knock, "knocks"),
            Effect("bell", _bell, "bells"),
            Effect("chirp", _chirp, "chirps"),
            Effect("drip", _drip, "drips"),
            Effect("clap", _clap, "claps"),
            Effect("tick", _tick, "ticks"),
            Effect("horn", _horn, "horns"),
            Effect("boom", _boom, "booms"),
            Effect("noise", _static),
            Effect("rain", _rain),
            Effect("wind", _wind),
            Effect("waves", _waves),
            Effect("siren", _siren),
            Effect("engine", _engine),
            Effect("buzz", _buzz),
            Effect("applause", _applause),
            Effect("whistle", _whistle, slides=True),
        )
    }
)
"""Every sound effect by name."""
