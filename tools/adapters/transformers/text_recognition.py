"""OCR in transformers: text line detection and recognition, such as PP-OCR."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Box, Boxes, Image, check_stop, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.text.read_text import TextReader

if TYPE_CHECKING:
    import PIL.Image

DETECTOR = "finder"
"""Folder of the text detector in the card's files."""


class TextRecognition(TextReader):
    """OCR of text lines. Settings: `score`, the threshold (0.5)."""

    def __init__(
        self, detector: Pretrained, recogniser: Pretrained, settings: Mapping[str, str]
    ) -> None:
        self.detector = detector
        self.recogniser = recogniser
        self.score = float(settings.get("score", "0.5"))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        detector = open_pretrained(
            "AutoModelForObjectDetection", "AutoImageProcessor", files, settings, device, DETECTOR
        )
        recogniser = open_pretrained(
            "AutoModelForTextRecognition", "AutoImageProcessor", files, settings, device
        )
        return cls(detector, recogniser, settings)

    def read(self, image: Image) -> Boxes:
        progress(0, "looking for lines")
        page = image.opaque()
        lines = self._detect_lines(page)
        boxes: list[Box] = []
        for number, corners in enumerate(lines, 1):
            check_stop()
            progress(number / (len(lines) + 1), f"line {number} of {len(lines)}")
            # One at a time: in a batch each line would be stretched to the longest.
            text, score = self._recognise_line(page.crop(corners))
            if text and score >= self.score:
                boxes.append(Box(*corners, label=text, score=score))
        return Boxes(tuple(boxes))

    def _detect_lines(self, page: PIL.Image.Image) -> list[tuple[int, int, int, int]]:
        import torch

        loaded = self.detector
        pixels = loaded.to_device(loaded.processor(images=page, return_tensors="pt"))
        with torch.inference_mode():
            outputs = loaded.network(pixel_values=pixels["pixel_values"])
        outputs.last_hidden_state = outputs.last_hidden_state.float()
        size = torch.tensor([[page.height, page.width]])
        [result] = loaded.processor.post_process_object_detection(outputs, target_sizes=size)
        # Boxes are four corners, since lines may be tilted.
        corners = [torch.as_tensor(box).reshape(-1, 2) for box in result["boxes"]]
        edges = [torch.cat([points.amin(0), points.amax(0)]).tolist() for points in corners]
        rectangles = [
            (int(left), int(top), int(right), int(low)) for left, top, right, low in edges
        ]
        return [
            rectangle
            for rectangle in rectangles
            if rectangle[0] < rectangle[2] and rectangle[1] < rectangle[3]
        ]

    def _recognise_line(self, line: PIL.Image.Image) -> tuple[str, float]:
        import torch

        loaded = self.recogniser
        pixels = loaded.to_device(loaded.processor(images=line, return_tensors="pt"))
        with torch.inference_mode():
            outputs = loaded.network(pixel_values=pixels["pixel_values"])
        outputs.last_hidden_state = outputs.last_hidden_state.float()
        [result] = loaded.processor.post_process_text_recognition(outputs)
        return result["text"].strip(), result["score"]
