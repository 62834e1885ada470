import io

import PIL.Image
import pytest

from tools import Image
from tools.media.picture_formats import for_browsers, picture_format, read_pixels


def file_of(format: str, mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    PIL.Image.new(mode, (5, 4)).save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("format", "suffix"),
    [
        ("PNG", ".png"),
        ("JPEG", ".jpg"),
        ("WEBP", ".webp"),
        ("GIF", ".gif"),
        ("BMP", ".bmp"),
        ("TIFF", ".tiff"),
        ("PDF", ".pdf"),
    ],
)
def test_a_picture_keeps_the_format_of_its_file(format: str, suffix: str) -> None:
    data = file_of(format)

    image = Image.decode(data)

    assert picture_format(data).suffix == image.file_suffix == suffix
    assert image.encode() == data
    assert (image.size, image.pixels.size, image.pixels.mode) == ((5, 4), (5, 4), "RGB")


def test_other_riff_files_are_no_webp() -> None:
    assert picture_format(b"RIFF\0\0\0\0WAVE").suffix == ".png"


def test_of_a_moving_picture_the_first_is_read_in_plain_colours() -> None:
    file = io.BytesIO()
    red, blue = (PIL.Image.new("RGB", (5, 4), colour) for colour in ("red", "blue"))
    red.save(file, "GIF", save_all=True, append_images=[blue])

    assert read_pixels(file.getvalue()).getpixel((2, 2)) == (255, 0, 0)


@pytest.mark.parametrize("format", ["JPEG", "GIF", "WEBP"])
def test_what_browsers_can_show_is_shown_as_it_is(format: str) -> None:
    data = file_of(format)

    assert for_browsers(data) == (f"image/{format.lower()}", data)


@pytest.mark.parametrize("format", ["TIFF", "PDF"])
def test_what_browsers_cannot_show_is_shown_as_png(format: str) -> None:
    media_type, data = for_browsers(file_of(format))

    assert media_type == "image/png"
    assert picture_format(data).name == "PNG"
