import io

import pytest

from tests.tools.media.test_documents import NOTICE, scan
from tools import BadArgument, Box, Boxes, Document, Image
from tools.library.documents.page_picture import page_picture
from tools.library.documents.read_document import read_document
from tools.library.text.read_text import TextReader
from tools.media.open_untrusted import open_media


class ReadsSizes(TextReader):
    """Reads in every picture how wide it is."""

    def read(self, image: Image) -> Boxes:
        return Boxes((Box(0, 0, 9, 9, f"{image.width} wide"),))


class ReadsNothing(TextReader):
    def read(self, image: Image) -> Boxes:
        raise AssertionError("a page with text is not read from its picture")


def opened(data: bytes) -> Document:
    document = open_media(data, "page.pdf")
    assert isinstance(document, Document)
    return document


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        (None, "Open from nine\n\nClosed on feast"),
        ([1], "Open from nine"),
        ([2, 1], "Closed on feast\n\nOpen from nine"),
    ],
)
def test_the_text_of_all_pages_or_some_is_read(pages, words):
    assert read_document(ReadsNothing(), opened(NOTICE), pages) == words


def test_a_scanned_page_is_read_from_its_picture():
    assert read_document(ReadsSizes(), opened(scan(pages=2))) == "150 wide\n\n150 wide"


def test_a_page_is_shown_as_a_picture():
    assert page_picture(opened(scan(pages=1))).pixels.getpixel((75, 40)) == (0, 0, 0)
    second = page_picture(opened(NOTICE), 2)
    assert second.size == (625, 417)
    assert second.array()[90:120, 40:200].min() < 60  # its letters


@pytest.mark.parametrize("page", [0, 3, -1, 10**9])
def test_a_page_that_is_not_there_is_refused(page):
    for read in (
        lambda: page_picture(opened(NOTICE), page),
        lambda: read_document(ReadsNothing(), opened(NOTICE), [page]),
    ):
        with pytest.raises(BadArgument) as caught:
            read()
        assert caught.value.message == f"there is no page {page} in a document of 2 pages"


def test_no_pages_are_refused():
    with pytest.raises(BadArgument) as caught:
        read_document(ReadsNothing(), opened(NOTICE), [])

    assert caught.value.message == "0 pages are asked for; 1 to 200 are allowed"


def test_more_scanned_pages_than_can_be_read_are_refused():
    with pytest.raises(BadArgument) as caught:
        read_document(ReadsSizes(), opened(scan(pages=51)))

    assert caught.value.message == "51 of the pages are scanned; 50 can be read at once"


@pytest.mark.real
def test_words_of_a_scanned_page_are_read(load_model, sign):
    file = io.BytesIO()
    sign.opaque().save(file, "PDF", resolution=150)

    words = read_document(load_model("read_text/pp-ocr-v6-small"), opened(file.getvalue()))

    assert words.splitlines()[0] == "CITY CONCERT HALL"
