"""Performance RNN for piano music (Simon and Oore, 2017).

After https://github.com/djosix/Performance-RNN-PyTorch
It samples a sequence of events: press a key, release a key, set the loudness, wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import check_stop, progress
from tools.library.audio.make_music import Composer, Style
from tools.signal.music.piano_synth import HIGHEST, LOWEST, Note

if TYPE_CHECKING:
    from torch import Tensor

KEYS = HIGHEST - LOWEST + 1
LOUDNESS_LEVELS = 32
PAUSE_LENGTHS = 32
EVENTS = 2 * KEYS + LOUDNESS_LEVELS + PAUSE_LENGTHS
SHORTEST_PAUSE_S = 1 / 65
PAUSE_GROWTH = 1.15
DENSITIES = 12
"""Number of note density classes: 1, 4, 7 … notes in two seconds."""
START_SIZE = 32
HIDDEN = 512
LAYERS = 3

TEMPERATURE = 0.9
"""Below 1 the music is less random."""
MAX_EVENTS_PER_SECOND = 60
SHORTEST_NOTE_S = 0.25
LONGEST_NOTE_S = 4.0


class PerformanceRnn(Composer):
    """Composer with expressive timing and loudness."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weights = weights

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import torch

        checkpoint = torch.load(files["weights"], map_location=device, weights_only=True)
        return cls(checkpoint["model"])

    def compose(self, style: Style, seconds: float, seed: int) -> tuple[Note, ...]:
        import torch

        generator = torch.Generator().manual_seed(seed)
        events: list[int] = []
        with torch.inference_mode():
            conditioning = self._conditioning(
                style, int(torch.randint(12, (1,), generator=generator))
            )
            start = torch.randn(START_SIZE, generator=generator).to(conditioning.device)
            hidden = torch.tanh(self._linear("inithid_fc", start)).view(LAYERS, HIDDEN)
            event, time, started = EVENTS - 1, 0.0, False
            for _ in range(round(seconds * MAX_EVENTS_PER_SECOND)):
                check_stop()
                logits, hidden = self._step(event, conditioning, hidden)
                probabilities = torch.softmax(logits / TEMPERATURE, dim=-1).cpu()
                event = int(torch.multinomial(probabilities, 1, generator=generator))
                started = started or event < KEYS
                if not started and _pause_s(event):
                    continue  # skip silence before the first note
                events.append(event)
                time += _pause_s(event)
                if time >= seconds:
                    break
                progress(time / seconds, f"{time:.0f} of {seconds:.0f} seconds composed")
        return tuple(_notes(events))

    def _conditioning(self, style: Style, key: int) -> Tensor:
        """Return the conditioning: 0, one-hot note density, pitch class histogram."""
        import torch

        conditioning = torch.zeros(1 + DENSITIES + 12)
        density = round((style.notes_a_second * 2 - 1) / 3)
        conditioning[1 + min(max(density, 0), DENSITIES - 1)] = 1
        for tone, use in enumerate(style.scale):
            conditioning[1 + DENSITIES + (key + tone) % 12] = use / sum(style.scale)
        return conditioning.to(self.weights["output_fc.bias"].device)

    def _step(self, event: int, conditioning: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Return next-event logits and the hidden state: (EVENTS,), (LAYERS, HIDDEN)."""
        import torch
        from torch.nn.functional import leaky_relu

        inputs = torch.cat([self.weights["event_embedding.weight"][event], conditioning])
        x = leaky_relu(self._linear("concat_input_fc", inputs), 0.1)
        states: list[Tensor] = []
        for layer, previous in enumerate(hidden):
            reset_x, update_x, new_x = self._linear(f"gru.ih_l{layer}", x).chunk(3)
            reset_h, update_h, new_h = self._linear(f"gru.hh_l{layer}", previous).chunk(3)
            update = torch.sigmoid(update_x + update_h)
            new = torch.tanh(new_x + torch.sigmoid(reset_x + reset_h) * new_h)
            x = (1 - update) * new + update * previous
            states.append(x)
        return self._linear("output_fc", torch.cat(states)), torch.stack(states)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        module, _, part = name.partition(".")
        weight, bias = (
            self.weights[f"{module}.{kind}_{part}" if part else f"{module}.{kind}"]
            for kind in ("weight", "bias")
        )
        return weight @ x + bias


def _pause_s(event: int) -> float:
    """Return the pause of an event in seconds, 0 for other events."""
    step = event - 2 * KEYS - LOUDNESS_LEVELS
    return SHORTEST_PAUSE_S * PAUSE_GROWTH**step if step >= 0 else 0.0


def _notes(events: Iterable[int]) -> list[Note]:
    time, loudness = 0.0, 0.5
    pressed: dict[int, tuple[float, float]] = {}
    notes: list[Note] = []

    def release(key: int) -> None:
        start, volume = pressed.pop(key)
        end = min(max(time, start + SHORTEST_NOTE_S), start + LONGEST_NOTE_S)
        notes.append(Note(key, start, end, volume))

    for event in events:
        key = LOWEST + event % KEYS
        if event < 2 * KEYS and key in pressed:
            release(key)
        if event < KEYS:
            pressed[key] = (time, loudness)
        elif 2 * KEYS <= event < 2 * KEYS + LOUDNESS_LEVELS:
            loudness = (event - 2 * KEYS + 1) / LOUDNESS_LEVELS
        time += _pause_s(event)
    for key in list(pressed):
        release(key)
    return sorted(notes, key=lambda note: (note.start, note.key))
