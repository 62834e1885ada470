"""SAM 2 for images (Ravi et al., 2024), in ONNX.

The encoder runs once per image; the decoder runs once per prompt, in a tenth of that time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Box, Image, Mask, Points, check_stop, progress
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.vision.segment import Segmenter

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

SIDE = 1024
MASK_SIDE = 256
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

INSIDE, TOP_LEFT, BOTTOM_RIGHT = 1, 2, 3
"""Point labels of the decoder."""

SMOOTHING = 1
"""Blur radius in mask pixels, which removes isolated dots and pinholes."""


class Sam2(Segmenter):
    """Segment the object at a box or point prompt."""

    def __init__(self, encoder: InferenceSession, decoder: InferenceSession) -> None:
        self.encoder = encoder
        self.decoder = decoder

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_network(files["encoder"], device), open_network(files["decoder"], device))

    def outline(self, image: Image, prompts: Sequence[Box | Points]) -> tuple[Mask, ...]:
        import numpy as np

        progress(0, "looking at the picture")
        letterbox = _Letterbox(image.width, image.height)
        pixels = (np.asarray(letterbox.resize(image), np.float32) / 255 - MEAN) / STD
        inputs = {"image": pixels.transpose(2, 0, 1)[None].astype(np.float32)}  # (1, 3, 1024, 1024)
        names = [output.name for output in self.encoder.get_outputs()]
        features = dict(zip(names, run_network(self.encoder, inputs, names), strict=True))
        masks: list[Mask] = []
        for index, prompt in enumerate(prompts):
            check_stop()
            progress((1 + index / len(prompts)) / 2, f"outline {index + 1} of {len(prompts)}")
            masks.append(letterbox.to_mask(self._mask_logits(features, letterbox, prompt)))
        return tuple(masks)

    def _mask_logits(
        self, features: Mapping[str, object], letterbox: _Letterbox, prompt: Box | Points
    ) -> NDArray[np.float32]:
        """Return mask logits, above 0 inside the object: (256, 256)."""
        if isinstance(prompt, Points):
            return self._decode(
                features, letterbox.to_input(prompt.items), [INSIDE] * len(prompt.items)
            )
        corners = ((prompt.left, prompt.top), (prompt.right, prompt.bottom))
        labels = [TOP_LEFT, BOTTOM_RIGHT]
        logits = self._decode(features, letterbox.to_input(corners), labels)
        # A second pass with the first mask as prompt fills most of its gaps.
        return self._decode(features, letterbox.to_input(corners), labels, logits)

    def _decode(
        self,
        features: Mapping[str, object],
        points: NDArray[np.float32],
        labels: Sequence[int],
        previous: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        import numpy as np

        blank = np.zeros((MASK_SIDE, MASK_SIDE), np.float32)
        inputs = {
            **features,
            "point_coords": points[None],
            "point_labels": np.asarray([labels], np.float32),
            "mask_input": (blank if previous is None else previous)[None, None],
            "has_mask_input": np.asarray([previous is not None], np.float32),
        }
        # Three candidate masks, such as a wheel, a car and all cars, with predicted IoUs.
        masks, scores = run_network(self.decoder, inputs, ["masks", "iou_predictions"])
        best = int(np.asarray(scores)[0].argmax())
        return np.asarray(np.asarray(masks)[0, best], np.float32)


@dataclass(frozen=True)
class _Letterbox:
    """Letterbox of an image in the encoder's square input, centred."""

    width: int
    height: int

    @property
    def scale(self) -> float:
        return SIDE / max(self.width, self.height)

    @property
    def corners(self) -> tuple[int, int, int, int]:
        width = max(1, round(self.width * self.scale))
        height = max(1, round(self.height * self.scale))
        left, top = (SIDE - width) // 2, (SIDE - height) // 2
        return left, top, left + width, top + height

    def resize(self, image: Image) -> PIL.Image.Image:
        import PIL.Image

        left, top, right, bottom = self.corners
        canvas = PIL.Image.new("RGB", (SIDE, SIDE))
        canvas.paste(image.opaque().resize((right - left, bottom - top)), (left, top))
        return canvas

    def to_input(self, points: Sequence[tuple[float, float]]) -> NDArray[np.float32]:
        import numpy as np

        left, top = self.corners[:2]
        return np.asarray(
            [(left + x * self.scale, top + y * self.scale) for x, y in points], np.float32
        )

    def to_mask(self, logits: NDArray[np.float32]) -> Mask:
        import PIL.Image
        import PIL.ImageFilter

        # As bytes with 128 for 0, so that Pillow can smooth it.
        levels = (logits.clip(-8, 8) * 15 + 128).round().astype("uint8")
        soft = PIL.Image.fromarray(levels).filter(PIL.ImageFilter.GaussianBlur(SMOOTHING))
        left, top, right, bottom = (side * MASK_SIDE / SIDE for side in self.corners)
        whole = soft.resize((self.width, self.height), box=(left, top, right, bottom))
        return Mask(whole.point([0] * 129 + [255] * 127))
