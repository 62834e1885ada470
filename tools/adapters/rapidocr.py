"""RapidOCR: PP-OCR's networks for finding, turning and reading text.

They come within the package `rapidocr`, so there are no weight files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Box, Boxes, Image
from tools.orchestra.read_text import TextReader


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
        found = self.engine(image.array()[:, :, ::-1])  # blue first
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


def _something_to_read() -> Image:
    import PIL.Image
    import PIL.ImageDraw

    pixels = PIL.Image.new("RGB", (160, 64), "white")
    PIL.ImageDraw.Draw(pixels).text((16, 16), "ready", fill="black", font_size=32)
    return Image(pixels)
