"""What is read of a document: how many pages, their words, their pictures."""

from __future__ import annotations

from tools.errors import InputError
from tools.media.documents import PAGE_END
from tools.media.formats import PDF
from tools.media.image import Image
from tools.media.isolated.job import Reading
from tools.media.isolated.pool import decode_isolated
from tools.media.media_limits import LIMITS

_NAME = "the document"


def count_pages(data: bytes) -> int:
    """Count the pages in a child process."""
    pages = decode_isolated(data, _NAME, PDF, LIMITS)
    if not isinstance(pages, int):
        raise _unexpected()
    return pages


def read_isolated(data: bytes, pages: tuple[int, ...]) -> list[str]:
    """Read the words of pages, counted from 1, in a child process."""
    texts = decode_isolated(data, _NAME, PDF, LIMITS, Reading("text", pages))
    if not isinstance(texts, str) or texts.count(PAGE_END) != len(pages):
        raise _unexpected()
    return texts.split(PAGE_END)[:-1]


def draw_isolated(data: bytes, page: int) -> Image:
    """Draw a page, counted from 1, in a child process."""
    image = decode_isolated(data, _NAME, PDF, LIMITS, Reading("image", (page,)))
    if not isinstance(image, Image):
        raise _unexpected()
    return image


def _unexpected() -> InputError:
    return InputError(
        f"{_NAME} made its reader answer something else than it was asked for",
        hint="save the document again with another program",
    )
