"""Promptable segmentation in transformers: SAM and its successors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tools import Box, Image, Mask, Points, check_stop, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.segment import Segmenter

INSIDE = 1
"""Label of a foreground point."""


class MaskGeneration(Segmenter):
    """Segment objects at box or point prompts, encoding the image once."""

    def __init__(self, loaded: Pretrained) -> None:
        self.loaded = loaded

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(
            open_pretrained("AutoModelForMaskGeneration", "AutoProcessor", files, settings, device)
        )

    def outline(self, image: Image, prompts: Sequence[Box | Points]) -> tuple[Mask, ...]:
        import torch

        loaded = self.loaded
        progress(0, "looking at the picture")
        pixels = loaded.tensors(loaded.processor(images=image.opaque(), return_tensors="pt"))
        with torch.inference_mode():
            seen = loaded.network.get_image_embeddings(pixels["pixel_values"])
            found: list[Mask] = []
            for done, prompt in enumerate(prompts):
                check_stop()
                progress((1 + done / len(prompts)) / 2, f"outline {done + 1} of {len(prompts)}")
                found.append(self._outline(image, prompt, seen))
        return tuple(found)

    def _outline(self, image: Image, prompt: Box | Points, seen: Any) -> Mask:
        import PIL.Image

        loaded = self.loaded
        prepared = loaded.tensors(
            loaded.processor(images=image.opaque(), return_tensors="pt", **as_prompt(prompt))
        )
        del prepared["pixel_values"]
        sizes = {name: value for name, value in prepared.items() if name.endswith("_sizes")}
        prepared = {name: value for name, value in prepared.items() if name not in sizes}
        # Three candidate masks, such as a wheel, a car and all cars, with predicted IoUs.
        told = loaded.network(**prepared, image_embeddings=seen, multimask_output=True)
        best = int(told.iou_scores[0, 0].argmax())
        masks = loaded.processor.post_process_masks(
            told.pred_masks[:, :, best : best + 1].float().cpu(),
            *(value.cpu() for value in sizes.values()),
        )
        inside = masks[0].reshape(image.height, image.width).numpy()
        return Mask(PIL.Image.fromarray((inside * 255).astype("uint8")))


def as_prompt(prompt: Box | Points) -> dict[str, Any]:
    """Convert a prompt to processor arguments: nested lists per image and object."""
    if isinstance(prompt, Points):
        points = [[float(x), float(y)] for x, y in prompt.items]
        return {"input_points": [[points]], "input_labels": [[[INSIDE] * len(points)]]}
    return {"input_boxes": [[[prompt.left, prompt.top, prompt.right, prompt.bottom]]]}
