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

FINDER = "finder"
"""Folder of the text detector in the card's files."""


class TextRecognition(TextReader):
    """OCR of text lines. Settings: `score`, the threshold (0.5)."""

    def __init__(self, finds: Pretrained, reads: Pretrained, settings: Mapping[str, str]) -> None:
        self.finds = finds
        self.reads = reads
        self.score = float(settings.get("score", "0.5"))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        finds = open_pretrained(
            "AutoModelForObjectDetection", "AutoImageProcessor", files, settings, device, FINDER
        )
        reads = open_pretrained(
            "AutoModelForTextRecognition", "AutoImageProcessor", files, settings, device
        )
        return cls(finds, reads, settings)

    def read(self, image: Image) -> Boxes:
        progress(0, "looking for lines")
        page = image.opaque()
        lines = self._lines(page)
        found: list[Box] = []
        for number, place in enumerate(lines, 1):
            check_stop()
            progress(number / (len(lines) + 1), f"line {number} of {len(lines)}")
            # One at a time: in a batch each line would be stretched to the longest.
            text, score = self._text(page.crop(place))
            if text and score >= self.score:
                found.append(Box(*place, label=text, score=score))
        return Boxes(tuple(found))

    def _lines(self, page: PIL.Image.Image) -> list[tuple[int, int, int, int]]:
        import torch

        loaded = self.finds
        pixels = loaded.tensors(loaded.processor(images=page, return_tensors="pt"))
        with torch.inference_mode():
            told = loaded.network(pixel_values=pixels["pixel_values"])
        told.last_hidden_state = told.last_hidden_state.float()
        size = torch.tensor([[page.height, page.width]])
        [seen] = loaded.processor.post_process_object_detection(told, target_sizes=size)
        # Boxes are four corners, since lines may be tilted.
        corners = [torch.as_tensor(box).reshape(-1, 2) for box in seen["boxes"]]
        edges = [torch.cat([each.amin(0), each.amax(0)]).tolist() for each in corners]
        places = [(int(left), int(top), int(right), int(low)) for left, top, right, low in edges]
        return [place for place in places if place[0] < place[2] and place[1] < place[3]]

    def _text(self, line: PIL.Image.Image) -> tuple[str, float]:
        import torch

        loaded = self.reads
        pixels = loaded.tensors(loaded.processor(images=line, return_tensors="pt"))
        with torch.inference_mode():
            told = loaded.network(pixel_values=pixels["pixel_values"])
        told.last_hidden_state = told.last_hidden_state.float()
        [read] = loaded.processor.post_process_text_recognition(told)
        return read["text"].strip(), read["score"]
