"""Read the text of a document."""

from __future__ import annotations

from tools import BadArgument, Document, check_stop, progress, tool
from tools.library.text.read_text import TextReader, read_lines

MOST_SCANNED = 50
"""Pages without text that are read from their pictures, at about two seconds each."""


@tool(words="Read {document}[, pages {pages}]")
def read_document(model: TextReader, document: Document, pages: list[int] | None = None) -> str:
    """Read the text of a document, of all pages or of some.

    What a scanned page says is read from its picture.

    >>> words = read_document(programme)
    >>> first_page = read_document(programme, [1])
    """
    numbers = list(range(1, document.pages + 1)) if pages is None else pages
    texts = document.texts(numbers)
    scanned = [place for place, text in enumerate(texts) if not text]
    if len(scanned) > MOST_SCANNED:
        raise BadArgument(
            f"{len(scanned)} of the pages are scanned; {MOST_SCANNED} can be read at once",
            hint="name the pages that matter: read_document(document1, [1, 2])",
        )
    for number, place in enumerate(scanned):
        check_stop()
        progress(number / len(scanned), f"scanned page {number + 1} of {len(scanned)}")
        lines = read_lines(model, document.image(numbers[place]))
        texts[place] = "\n".join(" ".join(piece.label for piece in line) for line in lines)
    return "\n\n".join(filter(None, texts))
