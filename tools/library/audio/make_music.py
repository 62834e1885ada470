"""Compose music: piano notes in a mood, or audio from a prompt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tools import Audio, BadArgument, Model, tool
from tools.sdk.argument_checks import require_between
from tools.signal.music.piano_synth import RATE, Note, render_notes

Mood = Literal["calm", "happy", "sad", "lively"]

LONGEST_S = 60.0

MAJOR = (2, 0, 1, 0, 2, 1, 0, 2, 0, 1, 0, 1)
MINOR = (2, 0, 1, 2, 0, 1, 0, 2, 1, 0, 1, 0)
"""The weight of each of the twelve pitch classes, from the tonic upwards."""


@dataclass(frozen=True)
class Style:
    """The style of a piece: pitch-class weights and approximate notes per second."""

    scale: Sequence[float]
    notes_a_second: float


STYLES: Mapping[Mood, Style] = {
    "calm": Style(MAJOR, 2.5),
    "happy": Style(MAJOR, 6),
    "sad": Style(MINOR, 2.5),
    "lively": Style(MINOR, 8),
}


class Musician(Model):
    """A music generation model."""

    longest_s: float = LONGEST_S
    """The longest piece it can generate."""

    def play(self, mood: Mood, seconds: float, seed: int) -> Audio:
        """Play piano music in a mood; the same arguments give the same music."""
        return self.play_prompt(f"{mood} piano music", seconds, seed)

    def play_prompt(self, prompt: str, seconds: float, seed: int) -> Audio:
        """Play music from a prompt."""
        raise BadArgument(
            f"the model plays the piano in a mood; it cannot follow words such as {prompt[:60]!r}",
            hint=f"leave the prompt out and give a mood: {', '.join(STYLES)}",
        )


class Composer(Musician, ABC):
    """A model that generates notes for the piano."""

    @abstractmethod
    def compose(self, style: Style, seconds: float, seed: int) -> tuple[Note, ...]:
        """Generate notes of the given total duration."""

    def play(self, mood: Mood, seconds: float, seed: int) -> Audio:
        return Audio(render_notes(self.compose(STYLES[mood], seconds, seed), seconds), RATE)


@tool(words="Compose {seconds} seconds of {mood} piano music")
def make_music(
    model: Musician,
    mood: Mood = "calm",
    seconds: float = 15.0,
    prompt: str = "",
    seed: int = 0,
) -> Audio:
    """Compose a new piece of piano music in a mood; a prompt asks for other music.

    >>> tune = make_music("happy", seconds=8)
    """
    require_between("seconds", seconds, 1, model.longest_s)
    if prompt.strip():
        return model.play_prompt(prompt.strip(), seconds, seed)
    return model.play(mood, seconds, seed)
