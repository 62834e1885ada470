"""Separate a source from audio (source separation)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, BadArgument, Model, tool
from tools.sdk.argument_checks import require_prompt, require_sound
from tools.signal.label_matching import match_label


class Separator(Model, ABC):
    """A source separation model."""

    sources: tuple[str, ...]
    """The sources it can separate; empty if it accepts any description."""

    @abstractmethod
    def extract_source(self, audio: Audio, source: str) -> Audio:
        """Return one source only, with the input's length, channels and sample rate."""


@tool(words="Get the {part} of {audio} by itself")
def separate(model: Separator, audio: Audio, part: str = "voice") -> Audio:
    """Get one part of a sound by itself: "voice", or "background" for all but the voice.

    >>> behind = separate(noisy_speech, "background")
    """
    require_sound(audio)
    require_prompt(part, "to separate", 'separate(audio1, "voice")')
    source = match_label(part, model.sources) if model.sources else part.strip()
    if source is None:
        raise BadArgument(
            f"the model cannot separate {part[:60]!r} from a sound; it can separate "
            f"{', '.join(model.sources)}",
            hint="ask for one of these",
        )
    return model.extract_source(audio, source)
