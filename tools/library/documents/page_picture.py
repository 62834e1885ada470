"""Show a page of a document."""

from __future__ import annotations

from tools import Document, Image, tool


@tool(words="Show page {page} of {document}")
def page_picture(document: Document, page: int = 1) -> Image:
    """Show a page of a document as a picture.

    >>> second = page_picture(programme, 2)
    """
    return document.image(page)
