import io

import PIL.Image
import pypdfium2
import pytest

from tools import Document
from tools.errors import InputError
from tools.media.formats import PDF
from tools.media.isolated.job import Reading
from tools.media.isolated.pool import decode_isolated
from tools.media.media_limits import Limits
from tools.media.open_untrusted import open_media

NOTICE = b"""%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R
  /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >> endobj
4 0 obj << /Length 43 >> stream
BT /F 18 Tf 20 150 Td (Open from nine) Tj ET
endstream endobj
5 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 6 0 R
  /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >> endobj
6 0 obj << /Length 43 >> stream
BT /F 18 Tf 20 150 Td (Closed on feast) Tj ET
endstream endobj
trailer << /Root 1 0 R >>
%%EOF
"""


def scan(pages: int) -> bytes:
    """Pages with nothing on them but a picture."""
    page = PIL.Image.new("RGB", (72, 36), "black")
    file = io.BytesIO()
    page.save(file, "PDF", save_all=True, append_images=[page] * (pages - 1), resolution=72)
    return file.getvalue()


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        open_media(data, "page.pdf", limits or Limits())
    return caught.value.message


def opened(data: bytes) -> Document:
    document = open_media(data, "notice.pdf")
    assert isinstance(document, Document)
    return document


def test_a_document_knows_its_pages_and_their_text() -> None:
    document = opened(NOTICE)

    assert document.describe() == "a document of 2 pages"
    assert document.texts([2, 1]) == ["Closed on feast", "Open from nine"]
    assert document.encode() == NOTICE


def test_a_document_from_a_store_is_the_same() -> None:
    stored = Document.decode(NOTICE)

    assert (stored.pages, stored.digest) == (2, opened(NOTICE).digest)


def test_a_scanned_page_has_no_text_but_a_picture() -> None:
    document = opened(scan(pages=3))

    assert document.describe() == "a document of 3 pages"
    assert document.texts([1, 3]) == ["", ""]
    picture = document.image(2)
    assert picture.size == (150, 75)
    assert picture.pixels.getpixel((75, 40)) == (0, 0, 0)
    assert opened(scan(pages=1)).describe() == "a document of 1 page"


def test_a_document_with_a_password_is_refused() -> None:
    document = pypdfium2.PdfDocument(NOTICE)
    assert len(document) == 2
    document.close()
    locked = NOTICE.replace(
        b"trailer << /Root 1 0 R >>",
        b"trailer << /Root 1 0 R /ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
        b"/O <" + b"00" * 32 + b"> /U <" + b"00" * 32 + b"> >> >>",
    )
    assert refusal(locked) == "'page.pdf' is locked with a password"


def test_a_damaged_document_is_refused() -> None:
    assert "damaged or cut short" in refusal(b"%PDF-1.7\n\x00\x01")


def test_a_document_over_the_limits_is_refused_with_what_is_allowed() -> None:
    assert refusal(NOTICE, Limits(pages=1)) == "'page.pdf' has 2 pages; 1 are allowed"


def test_too_much_text_and_too_large_a_page_are_refused() -> None:
    text, image = Reading("text", (1, 2)), Reading("image", (1,))

    with pytest.raises(InputError, match=r"'page\.pdf' has more than 9 bytes of text"):
        decode_isolated(NOTICE, "page.pdf", PDF, Limits(text_bytes=9), text)
    with pytest.raises(InputError) as caught:
        decode_isolated(scan(pages=1), "page.pdf", PDF, Limits(pixels=100), image)
    assert caught.value.message == (
        "page 1 of 'page.pdf' would have 150×75 pixels; 100 are allowed in all"
    )
