"""Read untrusted PDF documents, in the child process only: pages, their text and images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tools.errors import InputError
from tools.media.image import Image
from tools.media.isolated.job import Reading
from tools.media.media_limits import Limits

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

PIXELS_PER_POINT = 150 / 72
"""Pixels per point of a page: small print stays legible, for people and for `read_text`."""
PAGE_END = "\f"
"""What ends the text of each page; it does not occur within one."""


def read_document(data: bytes, name: str, limits: Limits, reading: Reading) -> Image | str | int:
    """Return the number of pages of a PDF, the texts of some pages, or an image of one."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _unreadable(name, error) from error
    try:
        match reading.task:
            case "text":
                return _texts(document, name, limits, reading.pages)
            case "image":
                return _image(document, name, limits, reading.pages[0])
            case "open":
                return _page_count(document, name, limits)
    except pypdfium2.PdfiumError as error:
        raise InputError(
            f"{name!r} begins like a PDF document but is damaged: {error}",
            hint="save or download it again",
        ) from error
    finally:
        document.close()


def _page_count(document: PdfDocument, name: str, limits: Limits) -> int:
    pages = len(document)
    if pages > limits.pages:
        raise InputError(
            f"{name!r} has {pages:,} pages; {limits.pages:,} are allowed",
            hint="give the pages that matter",
        )
    if not pages:
        raise InputError(f"{name!r} has no pages", hint="give a document with a page")
    document[0].get_size()
    return pages


def _texts(document: PdfDocument, name: str, limits: Limits, pages: Iterable[int]) -> str:
    texts: list[str] = []
    size = 0
    for page in pages:
        text = document[page - 1].get_textpage().get_text_bounded()
        text = text.replace("\r\n", "\n").replace("\0", "").replace(PAGE_END, " ").strip()
        texts.append(text + PAGE_END)
        size += len(texts[-1].encode())
        if size > limits.text_bytes:
            raise InputError(
                f"{name!r} has more than {limits.text_bytes:,} bytes of text",
                hint="read the pages that matter, as in read_document(document1, [1, 2])",
            )
    return "".join(texts)


def _image(document: PdfDocument, name: str, limits: Limits, number: int) -> Image:
    page = document[number - 1]
    width, height = (round(side * PIXELS_PER_POINT) for side in page.get_size())
    if width * height > limits.pixels:
        raise InputError(
            f"page {number} of {name!r} would have {width:,}×{height:,} pixels; "
            f"{limits.pixels:,} are allowed in all",
            hint="use another page, or a document with smaller pages",
        )
    scale = PIXELS_PER_POINT
    bitmap = page.render(scale=scale)  # pyright: ignore[reportArgumentType]  # it takes fractions
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
