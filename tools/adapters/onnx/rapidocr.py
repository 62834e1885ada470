"""RapidOCR: PP-OCR's networks for text detection, orientation and recognition.

The package `rapidocr` contains the weights, so there are no weight files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Box, Boxes, Image
from tools.library.text.read_text import TextReader

if TYPE_CHECKING:
    import PIL.Image


class RapidOcr(TextReader):
    """OCR of Latin and Chinese script. Settings: `score`, the threshold (0.5)."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import rapidocr

        reader = cls(
            rapidocr.RapidOCR(
                params={
                    "Global.log_level": "critical",
                    "Global.text_score": float(settings.get("score", "0.5")),
                    "EngineConfig.onnxruntime.use_cuda": device.startswith("cuda"),
                }
            )
        )
        # The package loads its three networks lazily; a loaded model must have loaded them.
        reader.read(_sample_image())
        return reader

    def read(self, image: Image) -> Boxes:
        import numpy as np

        result = self.engine(np.asarray(_pad_to_aspect_ratio(image.opaque()))[:, :, ::-1])  # BGR
        if result.boxes is None or result.txts is None:
            return Boxes(())
        return Boxes(
            tuple(
                Box(
                    *(
                        float(coordinate)
                        for coordinate in (*corners.min(axis=0), *corners.max(axis=0))
                    ),
                    label=text,
                    score=float(score),
                )
                for corners, text, score in zip(
                    result.boxes, result.txts, result.scores, strict=True
                )
            )
        )


def _pad_to_aspect_ratio(pixels: PIL.Image.Image) -> PIL.Image.Image:
    """Pad the image to an aspect ratio of at most 4:1.

    The engine upscales the shorter side to 736 pixels: a strip of 42×2,100 would take 40 seconds.
    """
    import PIL.Image

    min_side = -(-max(pixels.size) // 4)
    if min(pixels.size) >= min_side:
        return pixels
    # Pad with the corner colour, so that the border does not look like a line.
    size = (max(pixels.width, min_side), max(pixels.height, min_side))
    page = PIL.Image.new("RGB", size, pixels.getpixel((0, 0)))
    page.paste(pixels)
    return page


def _sample_image() -> Image:
    import PIL.Image
    import PIL.ImageDraw

    pixels = PIL.Image.new("RGB", (160, 64), "white")
    PIL.ImageDraw.Draw(pixels).text((16, 16), "ready", fill="black", font_size=32)
    return Image(pixels)
