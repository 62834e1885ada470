"""Open untrusted PDF documents: their text, or an image of a scanned page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.errors import InputError
from tools.media.image import Image
from tools.media.media_limits import Limits

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

PIXELS_PER_POINT = 150 / 72
"""Pixels per point of a page: small print stays legible, for people and for `read_text`."""


def open_document(data: bytes, name: str, limits: Limits) -> Image | str:
    """Return the text of a PDF, or an image of the page of a scan."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _unreadable(name, error) from error
    try:
        return _read_document(document, name, limits)
    except pypdfium2.PdfiumError as error:
        raise InputError(
            f"{name!r} begins like a PDF document but is damaged: {error}",
            hint="save or download it again",
        ) from error
    finally:
        document.close()


def _read_document(document: PdfDocument, name: str, limits: Limits) -> Image | str:
    if len(document) > limits.pages:
        raise InputError(
            f"{name!r} has {len(document):,} pages; {limits.pages:,} are allowed",
            hint="give the pages that matter",
        )
    text = "\n\n".join(filter(None, (_text_of(document, page) for page in range(len(document)))))
    if len(text.encode()) > limits.text_bytes:
        raise InputError(
            f"{name!r} has more than {limits.text_bytes:,} bytes of text",
            hint="give the pages that matter",
        )
    if text:
        return text
    if len(document) != 1:
        raise InputError(
            f"{name!r} has {len(document)} pages and no text on them: it is a scan",
            hint="give its pages one by one, or as pictures",
        )
    return _render_page(document, name, limits)


def _text_of(document: PdfDocument, page: int) -> str:
    text = document[page].get_textpage().get_text_bounded()
    return text.replace("\r\n", "\n").replace("\0", "").strip()


def _render_page(document: PdfDocument, name: str, limits: Limits) -> Image:
    page = document[0]
    width, height = (round(side * PIXELS_PER_POINT) for side in page.get_size())
    if width * height > limits.pixels:
        raise InputError(
            f"the page of {name!r} would have {width:,}×{height:,} pixels; "
            f"{limits.pixels:,} are allowed in all",
            hint="give a smaller page, or a part of it",
        )
    bitmap = page.render(scale=PIXELS_PER_POINT)  # pyright: ignore[reportArgumentType]  # it takes fractions
    return Image(bitmap.to_pil().convert("RGB"))


def _unreadable(name: str, error: Exception) -> InputError:
    if "password" in str(error).casefold():
        return InputError(
            f"{name!r} is locked with a password", hint="save it without one and give that"
        )
    return InputError(
        f"{name!r} begins like a PDF document but is damaged or cut short",
        hint="save or download it again",
    )
