"""What the joint model's eyes and ears give of a medium: rows of numbers, as many for each.

The eyes are a detector of the DETR family: its vectors stand for things, each with its place, so
that number and place need not be worked out of patches. What lies behind the things is told by the
four quarters of its encoder's map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools import Audio, Image, Video
from tools.adapters.audio_classification import AudioClassification
from tools.adapters.checkpoint import pixels_of
from tools.adapters.rt_detr import RtDetr
from tools.errors import BadArgument

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

QUARTERS = 4
FRAMES = 4
"""Of a film, evenly spread, are looked at."""
BANDS = 2
"""Of pitch, in which a sound is heard apart."""


class Encoders:
    """Eyes and ears; neither is trained."""

    def __init__(self, eyes: RtDetr, ears: AudioClassification, slots: int) -> None:
        self.eyes = eyes
        self.ears = ears
        self.slots = slots

    def of(self, medium: Image | Video | Audio) -> Tensor:
        """What is seen or heard: (slots, features)."""
        import torch

        if isinstance(medium, Image):
            return self.of_pictures(pixels_of(medium, self.eyes.size))[0]
        if isinstance(medium, Video):
            pictures = [pixels_of(each, self.eyes.size) for each in _looked_at(medium)]
            return self.of_films(torch.cat(pictures)[None])[0]
        rate = int(self.ears.loaded.processor.sampling_rate)
        return self.of_sounds([medium.mono(rate)])[0]

    def of_pictures(self, pixels: Tensor, slots: int = 0) -> Tensor:
        """(B, 3, side, side) → (B, slots, features): first the quarters, then the surest things."""
        import torch
        from torch.nn import functional

        network = self.eyes.network
        slots = slots or self.slots
        ground = QUARTERS if slots > QUARTERS else 1
        with torch.no_grad():
            found = network(pixels.to(network.device))
            around = functional.adaptive_avg_pool2d(
                found.encoder_last_hidden_state[-1], int(ground**0.5)
            )
            around = around.flatten(2).transpose(1, 2)
            sure = found.logits.sigmoid().amax(dim=2)
            order = sure.argsort(dim=1, descending=True)[:, : slots - ground, None]
            things = torch.cat([found.last_hidden_state, found.pred_boxes, sure[..., None]], dim=2)
            chosen = things.gather(1, order.expand(-1, -1, things.shape[2]))
            around = functional.pad(around, (0, things.shape[2] - around.shape[2]))
        return torch.cat([around, chosen], dim=1)

    def of_films(self, pixels: Tensor) -> Tensor:
        """(B, FRAMES, 3, side, side) → (B, slots, features), picture by picture."""
        each = self.slots // FRAMES
        seen = self.of_pictures(pixels.flatten(0, 1), each)
        return seen.unflatten(0, (-1, FRAMES)).flatten(1, 2)

    def of_sounds(self, waves: Sequence[NDArray[np.float32]]) -> Tensor:
        """Waves at the rate of the ears → (B, slots, features): by moments, then by pitch."""
        import numpy as np
        import torch
        from torch.nn import functional

        window = round(self.ears.window_s * self.ears.loaded.processor.sampling_rate)
        whole = [np.pad(wave[:window], (0, max(window - len(wave), 0))) for wave in waves]
        loaded = self.ears.loaded
        heard = loaded.processor(
            whole, sampling_rate=loaded.processor.sampling_rate, return_tensors="pt"
        )
        given = loaded.tensors(heard)["input_values"][:, None]
        with torch.no_grad():
            seen = loaded.network.resnet(given).last_hidden_state
            # (B, features, moments, bands), a spectrogram's rows being its moments
            rows = functional.adaptive_avg_pool2d(seen, (self.slots // BANDS, BANDS))
        return rows.flatten(2).transpose(1, 2)


def spread(count: int) -> list[int]:
    """Which of so many pictures of a film are looked at."""
    return [(count - 1) * number // (FRAMES - 1) for number in range(FRAMES)]


def _looked_at(film: Video) -> list[Image]:
    import PIL.Image

    frames = list(film.frames())
    if not frames:
        raise BadArgument("the film has no pictures", hint="give another film")
    return [Image(PIL.Image.fromarray(frames[place])) for place in spread(len(frames))]
