"""Encode media as features: the same number of vectors for each medium."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.joint.network.audio_encoder import audio_encoder_of
from agent.joint.network.vision_encoder import vision_encoder_of
from tools import Audio, Image, Model, Video
from tools.adapters.checkpoint_files import image_tensor
from tools.errors import BadArgument

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

FRAMES = 4
"""The number of evenly spaced frames of a video that are encoded."""


class MediaEncoders:
    """The frozen vision encoder and audio encoder of a joint model."""

    def __init__(self, vision_model: Model, audio_model: Model, slots: int) -> None:
        self.vision_encoder = vision_encoder_of(vision_model)
        self.audio_encoder = audio_encoder_of(audio_model)
        self.slots = slots

    def encode(self, medium: Image | Video | Audio) -> Tensor:
        """Encode one medium: (slots, features)."""
        import torch

        if isinstance(medium, Image):
            return self.encode_images(image_tensor(medium, self.vision_encoder.side))[0]
        if isinstance(medium, Video):
            frames = [
                image_tensor(frame, self.vision_encoder.side) for frame in _sample_frames(medium)
            ]
            return self.encode_videos(torch.cat(frames)[None])[0]
        return self.encode_audio([medium.mono(self.audio_encoder.rate)])[0]

    def encode_images(self, pixels: Tensor) -> Tensor:
        """Encode images (B, 3, rows, columns) → (B, slots, features)."""
        return self.vision_encoder.encode(pixels, self.slots).float()

    def encode_videos(self, pixels: Tensor) -> Tensor:
        """Encode frames (B, FRAMES, 3, rows, columns) → (B, slots, features)."""
        rows = self.vision_encoder.encode(pixels.flatten(0, 1), self.slots // FRAMES)
        return rows.unflatten(0, (-1, FRAMES)).flatten(1, 2).float()

    def encode_audio(self, waves: Sequence[NDArray[np.float32]]) -> Tensor:
        """Encode waves at the audio encoder's rate → (B, slots, features)."""
        return self.audio_encoder.encode(waves, self.slots).float()


def frame_indices(count: int) -> list[int]:
    """Return the indices of the frames to encode, out of `count`."""
    return [(count - 1) * number // (FRAMES - 1) for number in range(FRAMES)]


def _sample_frames(video: Video) -> list[Image]:
    import PIL.Image

    frames = list(video.frames())
    if not frames:
        raise BadArgument("the film has no pictures", hint="give another film")
    return [Image(PIL.Image.fromarray(frames[index])) for index in frame_indices(len(frames))]
