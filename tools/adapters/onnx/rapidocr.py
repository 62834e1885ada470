"""RapidOCR: PP-OCR's networks for finding, turning and reading text.

They come within the package `rapidocr`, so there are no weight files.
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
    """Reads Latin and Chinese script. Settings: `score`, how sure it must be (0.5)."""

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
        # The package opens its three networks when they first have something to do; a model that
        # counts as loaded has opened them.
        reader.read(_something_to_read())
        return reader

    def read(self, image: Image) -> Boxes:
        import numpy as np

        found = self.engine(np.asarray(_less_narrow(image.opaque()))[:, :, ::-1])  # blue first
        if found.boxes is None or found.txts is None:
            return Boxes(())
        return Boxes(
            tuple(
                Box(
                    *(float(place) for place in (*corners.min(axis=0), *corners.max(axis=0))),
                    label=text,
                    score=float(score),
                )
                for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
            )
        )


def _less_narrow(pixels: PIL.Image.Image) -> PIL.Image.Image:
    """The picture with room at its right or below, so that no side is beyond four of the other.

    The engine enlarges the shorter side to 736 pixels: a strip of 42×2,100 would take 40 seconds.
    """
    import PIL.Image

    short = -(-max(pixels.size) // 4)
    if min(pixels.size) >= short:
        return pixels
    # Of the colour in the corner, so that the end of the picture does not look like a line.
    size = (max(pixels.width, short), max(pixels.height, short))
    page = PIL.Image.new("RGB", size, pixels.getpixel((0, 0)))
    page.paste(pixels)
    return page


def _something_to_read() -> Image:
    import PIL.Image
    import PIL.ImageDraw

    pixels = PIL.Image.new("RGB", (160, 64), "white")
    PIL.ImageDraw.Draw(pixels).text((16, 16), "ready", fill="black", font_size=32)
    return Image(pixels)
