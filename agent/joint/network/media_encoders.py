"""Encode media as features: the same number of vectors for each medium."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.joint.network.audio_encoder import ears_of
from agent.joint.network.vision_encoder import eyes_of
from tools import Audio, Image, Model, Video
from tools.adapters.checkpoint_files import image_tensor
from tools.errors import BadArgument

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

FRAMES = 4
"""The number of evenly spaced frames of a video that are encoded."""


class Encoders:
    """The frozen vision encoder and audio encoder of a joint model."""

    def __init__(self, eyes: Model, ears: Model, slots: int) -> None:
        self.eyes = eyes_of(eyes)
        self.ears = ears_of(ears)
        self.slots = slots

    def of(self, medium: Image | Video | Audio) -> Tensor:
        """Encode one medium: (slots, features)."""
        import torch

        if isinstance(medium, Image):
            return self.of_pictures(image_tensor(medium, self.eyes.side))[0]
        if isinstance(medium, Video):
            pictures = [image_tensor(each, self.eyes.side) for each in _looked_at(medium)]
            return self.of_films(torch.cat(pictures)[None])[0]
        return self.of_sounds([medium.mono(self.ears.rate)])[0]

    def of_pictures(self, pixels: Tensor) -> Tensor:
        """Encode images (B, 3, rows, columns) → (B, slots, features)."""
        return self.eyes.see(pixels, self.slots).float()

    def of_films(self, pixels: Tensor) -> Tensor:
        """Encode frames (B, FRAMES, 3, rows, columns) → (B, slots, features)."""
        seen = self.eyes.see(pixels.flatten(0, 1), self.slots // FRAMES)
        return seen.unflatten(0, (-1, FRAMES)).flatten(1, 2).float()

    def of_sounds(self, waves: Sequence[NDArray[np.float32]]) -> Tensor:
        """Encode waves at the audio encoder's rate → (B, slots, features)."""
        return self.ears.hear(waves, self.slots).float()


def spread(count: int) -> list[int]:
    """Return the indices of the frames to encode, out of `count`."""
    return [(count - 1) * number // (FRAMES - 1) for number in range(FRAMES)]


def _looked_at(film: Video) -> list[Image]:
    import PIL.Image

    frames = list(film.frames())
    if not frames:
        raise BadArgument("the film has no pictures", hint="give another film")
    return [Image(PIL.Image.fromarray(frames[place])) for place in spread(len(frames))]
