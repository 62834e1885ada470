"""Promptable segmentation in transformers: SAM and its successors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tools import Box, Image, Mask, Points, check_stop, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.segment import Segmenter

FOREGROUND = 1
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
        pixels = loaded.to_device(loaded.processor(images=image.opaque(), return_tensors="pt"))
        with torch.inference_mode():
            embeddings = loaded.network.get_image_embeddings(pixels["pixel_values"])
            masks: list[Mask] = []
            for index, prompt in enumerate(prompts):
                check_stop()
                progress((1 + index / len(prompts)) / 2, f"outline {index + 1} of {len(prompts)}")
                masks.append(self._segment(image, prompt, embeddings))
        return tuple(masks)

    def _segment(self, image: Image, prompt: Box | Points, embeddings: Any) -> Mask:
        import PIL.Image

        loaded = self.loaded
        prepared = loaded.to_device(
            loaded.processor(images=image.opaque(), return_tensors="pt", **prompt_arguments(prompt))
        )
        del prepared["pixel_values"]
        sizes = {name: value for name, value in prepared.items() if name.endswith("_sizes")}
        prepared = {name: value for name, value in prepared.items() if name not in sizes}
        # Three candidate masks, such as a wheel, a car and all cars, with predicted IoUs.
        outputs = loaded.network(**prepared, image_embeddings=embeddings, multimask_output=True)
        best = int(outputs.iou_scores[0, 0].argmax())
        masks = loaded.processor.post_process_masks(
            outputs.pred_masks[:, :, best : best + 1].float().cpu(),
            *(value.cpu() for value in sizes.values()),
        )
        inside = masks[0].reshape(image.height, image.width).numpy()
        return Mask(PIL.Image.fromarray((inside * 255).astype("uint8")))


def prompt_arguments(prompt: Box | Points) -> dict[str, Any]:
    """Convert a prompt to processor arguments: nested lists per image and object."""
    if isinstance(prompt, Points):
        points = [[float(x), float(y)] for x, y in prompt.items]
        return {"input_points": [[points]], "input_labels": [[[FOREGROUND] * len(points)]]}
    return {"input_boxes": [[[prompt.left, prompt.top, prompt.right, prompt.bottom]]]}
