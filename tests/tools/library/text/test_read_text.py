import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image
from tools.library.text.read_text import TextReader, read_text


class Reads(TextReader):
    def __init__(self, *pieces: Box) -> None:
        self.pieces = pieces

    def read(self, image: Image) -> Boxes:
        return Boxes(self.pieces)


BLANK = Image(PIL.Image.new("RGB", (200, 100), "white"))


def test_pieces_are_read_from_left_to_right_and_line_by_line():
    model = Reads(
        Box(0, 50, 40, 60, "third"),
        Box(60, 12, 90, 22, "second"),
        Box(0, 10, 40, 20, "first"),
        Box(60, 48, 90, 58, "fourth"),
    )

    assert read_text(model, BLANK) == "first second\nthird fourth"


def test_a_region_is_read_alone():
    class SaysItsSize(TextReader):
        def read(self, image: Image) -> Boxes:
            return Boxes((Box(0, 0, 9, 9, f"{image.width}×{image.height}"),))

    assert read_text(SaysItsSize(), BLANK, Box(10, 10, 60, 40)) == "50×30"


def test_a_picture_without_writing_gives_empty_text():
    assert read_text(Reads(), BLANK) == ""


@pytest.mark.parametrize("size", [(1, 1), (7, 100), (6000, 100)])
def test_pictures_in_which_nothing_can_be_read_are_refused(size):
    with pytest.raises(BadArgument, match=f"a picture of {size[0]}×{size[1]} pixels cannot be"):
        read_text(Reads(), Image(PIL.Image.new("RGB", size)))


@pytest.mark.real
def test_rapidocr_reads_the_sign(load_model, sign):
    assert read_text(load_model("read_text/pp-ocr-v6-small"), sign) == (
        "CITY CONCERT HALL\nBox office opens at 18:30\nTickets from 12 euros"
    )


@pytest.mark.real
@pytest.mark.parametrize("size", [(8, 8), (2100, 42), (42, 2100)])
def test_rapidocr_finds_no_words_in_blank_pictures_of_any_shape(load_model, size):
    blank = Image(PIL.Image.new("RGB", size, "white"))

    assert read_text(load_model("read_text/pp-ocr-v6-small"), blank) == ""


@pytest.mark.real
def test_rapidocr_reads_a_long_strip(load_model, sign):
    strip = PIL.Image.new("RGB", (1800, 80), sign.pixels.getpixel((300, 150)))
    strip.paste(sign.pixels.crop((40, 60, 600, 130)), (1200, 5))

    words = read_text(load_model("read_text/pp-ocr-v6-small"), Image(strip))

    assert words == "CITY CONCERT HALL"


@pytest.mark.real
def test_rapidocr_reads_what_is_written_on_nothing(load_model, sign):
    black_on_transparent = PIL.Image.new("RGBA", sign.pixels.size, (0, 0, 0, 0))
    letters = sign.pixels.convert("L").point(lambda grey: 255 if grey > 150 else 0)
    black_on_transparent.putalpha(letters)

    words = read_text(load_model("read_text/pp-ocr-v6-small"), Image(black_on_transparent))

    assert "CITY CONCERT HALL" in words
