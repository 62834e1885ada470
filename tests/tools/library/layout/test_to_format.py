import io

import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.layout.to_format import to_format
from tools.media import Document
from tools.media.open_untrusted import open_media

ORANGE = Image(PIL.Image.new("RGB", (61, 33), (255, 128, 0)))


@pytest.mark.parametrize(
    ("format", "suffix", "beginning"),
    [
        ("png", ".png", b"\x89PNG"),
        ("jpeg", ".jpg", b"\xff\xd8\xff"),
        ("webp", ".webp", b"RIFF"),
        ("bmp", ".bmp", b"BM"),
        ("tiff", ".tiff", b"II*\0"),
        ("pdf", ".pdf", b"%PDF-"),
    ],
)
def test_the_file_is_in_that_format_and_can_be_opened_again(
    format: str, suffix: str, beginning: bytes
) -> None:
    converted = to_format(ORANGE, format)
    again = Image.decode(converted.encode())

    assert converted.encode().startswith(beginning)
    assert converted.file_suffix == again.file_suffix == suffix
    assert again.size == (61, 33)
    assert again.pixels.getpixel((30, 16)) == pytest.approx((255, 128, 0), abs=4)
    assert to_format(ORANGE, format).digest == converted.digest


@pytest.mark.parametrize("format", ["jpeg", "webp", "bmp", "tiff"])
def test_people_can_give_the_file_again(format: str) -> None:
    opened = open_media(to_format(ORANGE, format).encode())

    assert isinstance(opened, Image)
    assert opened.file_suffix == ".png"


def test_people_can_give_a_pdf_again_as_a_document_of_one_page() -> None:
    opened = open_media(to_format(ORANGE, "pdf").encode())

    assert isinstance(opened, Document)
    assert opened.pages == 1


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_a_lower_quality_makes_a_smaller_file(format: str) -> None:
    noise = Image(PIL.Image.effect_noise((200, 200), 80))

    low, high = (len(to_format(noise, format, quality).encode()) for quality in (10, 95))

    assert low < high / 2


def test_jpeg_is_written_with_that_quality() -> None:
    with PIL.Image.open(io.BytesIO(to_format(ORANGE, "jpeg", 100).encode())) as best:
        assert max(best.quantization[0]) == 1


@pytest.mark.parametrize(
    ("format", "pixel"),
    [
        ("png", (0, 0, 0, 0)), ("webp", (0, 0, 0, 0)), ("tiff", (0, 0, 0, 0)),
        ("jpeg", (255, 255, 255)), ("bmp", (255, 255, 255)), ("pdf", (255, 255, 255)),
    ],
)  # fmt: skip
def test_what_is_transparent_stays_so_or_becomes_white(format: str, pixel: tuple[int, ...]) -> None:
    clear = Image(PIL.Image.new("RGBA", (20, 20), (0, 0, 0, 0)))

    assert Image.decode(to_format(clear, format).encode()).pixels.getpixel((9, 9)) == pixel


def test_a_changed_picture_is_png_again() -> None:
    turned = to_format(ORANGE, "jpeg").map(lambda pixels: pixels.rotate(180))

    assert turned.file_suffix == ".png"
    assert turned.encode().startswith(b"\x89PNG")


def test_the_description_names_the_format() -> None:
    assert to_format(ORANGE, "webp").describe() == "a picture of 61×33 pixels, as WebP"
    assert to_format(ORANGE, "png").describe() == "a picture of 61×33 pixels"


@pytest.mark.parametrize("quality", [0, 101])
def test_an_impossible_quality_is_refused(quality: int) -> None:
    with pytest.raises(BadArgument, match="1 to 100 are allowed"):
        to_format(ORANGE, "jpeg", quality)


def test_a_side_that_the_format_cannot_hold_is_refused() -> None:
    with pytest.raises(BadArgument, match="of 16384×1 pixels cannot be 'webp'"):
        to_format(Image(PIL.Image.new("RGB", (16_384, 1))), "webp")
