"""The file formats that a picture can be kept in: read, and named by their suffix.

Only what tools have made is read here; files of strangers are opened by tools/media/image_files.py.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import PIL.Image

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfImage


@dataclass(frozen=True)
class PictureFormat:
    """A file format: how its files begin and end, and what it is called."""

    name: str
    suffix: str
    media_type: str
    beginning: bytes
    in_browsers: bool = True
    """Whether a page can show it."""

    def begins(self, data: bytes) -> bool:
        if self.name == "WebP":
            return data.startswith(b"RIFF") and data[8:12] == b"WEBP"
        return data.startswith(self.beginning)


PNG = PictureFormat("PNG", ".png", "image/png", b"\x89PNG")
PDF = PictureFormat("PDF", ".pdf", "application/pdf", b"%PDF-", in_browsers=False)
FORMATS = (
    PNG,
    PictureFormat("JPEG", ".jpg", "image/jpeg", b"\xff\xd8\xff"),
    PictureFormat("WebP", ".webp", "image/webp", b"RIFF"),
    PictureFormat("GIF", ".gif", "image/gif", b"GIF8"),
    PictureFormat("BMP", ".bmp", "image/bmp", b"BM"),
    PictureFormat("TIFF", ".tiff", "image/tiff", b"II*\0", in_browsers=False),
    PDF,
)
BY_SUFFIX = {format.suffix: format for format in FORMATS}


def picture_format(data: bytes) -> PictureFormat:
    """Return the format of a picture's file, PNG if it is none of these."""
    return next((format for format in FORMATS if format.begins(data)), PNG)


def read_pixels(data: bytes) -> PIL.Image.Image:
    """Return the pixels in mode RGB or RGBA: of an animation the first, of a document its page."""
    if PDF.begins(data):
        return _picture_of_page(data)
    with PIL.Image.open(io.BytesIO(data)) as opened:
        opened.load()
        if opened.mode in ("RGB", "RGBA"):
            return opened
        return opened.convert("RGBA" if opened.has_transparency_data else "RGB")


def read_size(data: bytes) -> tuple[int, int]:
    """Return width and height, from the header where the format has one."""
    if PDF.begins(data):
        return _picture_of_page(data).size
    with PIL.Image.open(io.BytesIO(data)) as header:
        return header.size


def for_browsers(data: bytes) -> tuple[str, bytes]:
    """Return media type and content of a picture as a page can show it, as PNG if need be."""
    format = picture_format(data)
    if format.in_browsers:
        return format.media_type, data
    file = io.BytesIO()
    read_pixels(data).save(file, "PNG", compress_level=1)
    return PNG.media_type, file.getvalue()


def _picture_of_page(data: bytes) -> PIL.Image.Image:
    """Return the picture of the only page, as it was put there, without rendering the page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return _first_image(document).get_bitmap().to_pil().convert("RGB")
    finally:
        document.close()


def _first_image(document: PdfDocument) -> PdfImage:
    from pypdfium2 import PdfImage

    return next(item for item in document[0].get_objects() if isinstance(item, PdfImage))
