"""The image type."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import PIL.Image

from tools.errors import InputError
from tools.media.base import Media
from tools.media.picture_formats import PNG, PictureFormat, picture_format, read_pixels, read_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TRANSPARENT_FORMATS = ("PNG", "WEBP", "TIFF", "GIF", "AVIF")


class Image(Media):
    """An image.

    >>> smaller = image.map(lambda pixels: pixels.resize((64, 64)))

    `pixels` is a Pillow image in mode RGB, or RGBA where it has transparent parts.
    An image created from bytes is decoded on first use; the bytes stay the content of its file.
    """

    kind: ClassVar[str] = "image"
    noun: ClassVar[str] = "a picture"
    """How a description begins."""
    suffix: ClassVar[str] = ".png"

    def __init__(self, pixels: PIL.Image.Image) -> None:
        self.__dict__["pixels"] = pixels.convert("RGBA" if pixels.has_transparency_data else "RGB")

    @classmethod
    def decode(cls, data: bytes) -> Self:
        image = cls.__new__(cls)
        image.__dict__["encoded"] = data
        return image

    @cached_property
    def pixels(self) -> PIL.Image.Image:
        return read_pixels(self.encoded)

    @cached_property
    def encoded(self) -> bytes:
        file = io.BytesIO()
        # Level 1 is several times faster than the default and about a tenth larger.
        self.pixels.save(file, "PNG", compress_level=1)
        return file.getvalue()

    def encode(self) -> bytes:
        return self.encoded

    def save(self, path: str | Path) -> None:
        """Write the image in the format that the suffix names."""
        path = Path(path)
        if path.suffix.lower() == self.file_suffix:
            path.write_bytes(self.encode())
            return
        format_name = PIL.Image.registered_extensions().get(path.suffix.lower(), "")
        if format_name not in PIL.Image.SAVE:
            raise InputError(
                f"an image cannot be saved as {str(path)!r}",
                hint="give a suffix such as '.png', '.jpg' or '.webp'",
            )
        pixels = self.pixels if format_name in _TRANSPARENT_FORMATS else self.opaque()
        pixels.save(path, format_name)

    def _repr_png_(self) -> bytes:
        return self.encoded if self.format is PNG else Image(self.pixels).encoded

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height, read from the header unless the image is decoded."""
        if "pixels" in self.__dict__:
            return self.pixels.size
        return read_size(self.encoded)

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    def opaque(self) -> PIL.Image.Image:
        """Return the image in mode RGB, with transparency composited on white."""
        if self.pixels.mode == "RGB":
            return self.pixels
        page = PIL.Image.new("RGBA", self.pixels.size, "white")
        return PIL.Image.alpha_composite(page, self.pixels.convert("RGBA")).convert("RGB")

    def array(self) -> NDArray[np.uint8]:
        """Return the RGB values of the opaque image: (height, width, 3)."""
        return np.asarray(self.opaque())

    def map(self, change: Callable[[PIL.Image.Image], PIL.Image.Image]) -> Image:
        """Return a new image with `change` applied to the pixels."""
        return Image(change(self.pixels))

    def transparent_as(self, other: Image) -> Image:
        """Return this image with the alpha channel of another, scaled to fit."""
        if other.pixels.mode != "RGBA":
            return self
        shaped = self.pixels.copy()
        shaped.putalpha(other.pixels.getchannel("A").resize(shaped.size))
        return Image(shaped)

    @property
    def format(self) -> PictureFormat:
        """The format of the file: PNG, unless it was decoded from another."""
        return picture_format(self.encoded) if "encoded" in self.__dict__ else PNG

    @property
    def file_suffix(self) -> str:
        return self.format.suffix

    def describe(self) -> str:
        size = f"{self.noun} of {self.width}×{self.height} pixels"
        return size if self.format is PNG else f"{size}, as {self.format.name}"
