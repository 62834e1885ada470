"""Documents of pages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, Self

from tools.errors import BadArgument
from tools.media.base import Media
from tools.media.image import Image
from tools.media.isolated.document_pages import count_pages, draw_isolated, read_isolated
from tools.media.media_limits import LIMITS


class Document(Media):
    """A PDF document, kept as the file it was.

    Whoever wrote it may mean harm: it is read again each time, in a child process only.
    """

    kind: ClassVar[str] = "document"
    suffix: ClassVar[str] = ".pdf"

    def __init__(self, encoded: bytes, pages: int) -> None:
        self.encoded = encoded
        self.__dict__["pages"] = pages

    @cached_property
    def pages(self) -> int:
        """How many pages it has; read again where it comes from a store."""
        return count_pages(self.encoded)

    def texts(self, pages: Sequence[int]) -> list[str]:
        """Return the text of each of these pages, counted from 1; empty where there is none."""
        self._check(pages)
        return read_isolated(self.encoded, tuple(pages))

    def image(self, page: int) -> Image:
        """Return the picture of a page, counted from 1."""
        self._check([page])
        return draw_isolated(self.encoded, page)

    def _check(self, pages: Sequence[int]) -> None:
        for page in pages:
            if not 1 <= page <= self.pages:
                raise BadArgument(
                    f"there is no page {page} in a document of {self.pages} pages",
                    hint=f"pages are counted from 1 to {self.pages}",
                )
        if not 1 <= len(pages) <= LIMITS.pages:
            raise BadArgument(
                f"{len(pages)} pages are asked for; 1 to {LIMITS.pages} are allowed",
                hint="name the pages that matter, as in [1, 2]",
            )

    def encode(self) -> bytes:
        return self.encoded

    @classmethod
    def decode(cls, data: bytes) -> Self:
        document = cls.__new__(cls)
        document.encoded = data
        return document

    def describe(self) -> str:
        return f"a document of {self.pages} page{'s' if self.pages > 1 else ''}"
