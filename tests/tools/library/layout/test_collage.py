import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.layout.collage import collage


def plain(colour: str, width: int = 40, height: int = 30) -> Image:
    return Image(PIL.Image.new("RGB", (width, height), colour))


RED, BLUE, LIME = plain("red"), plain("blue"), plain("lime")


def test_a_grid_has_as_many_columns_as_rows_or_one_more() -> None:
    page = collage([RED, BLUE, LIME]).pixels

    assert page.size == (88, 68)
    assert page.getpixel((20, 15)) == (255, 0, 0)
    assert page.getpixel((68, 15)) == (0, 0, 255)
    assert page.getpixel((20, 53)) == (0, 255, 0)
    assert page.getpixel((44, 15)) == page.getpixel((68, 53)) == (255, 255, 255)


def test_a_row_has_one_height_and_a_column_one_width() -> None:
    pictures = [RED, plain("blue", 40, 60), LIME]

    assert collage(pictures, "row", gap=0).size == (40 + 20 + 40, 30)
    assert collage(pictures, "column", gap=10).size == (40, 30 + 10 + 60 + 10 + 30)


def test_a_picture_of_another_shape_stands_whole_in_its_cell() -> None:
    page = collage([RED, plain("blue", 10, 60), LIME, RED], gap=0).pixels

    assert page.size == (80, 60)
    assert page.getpixel((60, 15)) == (0, 0, 255)
    assert page.getpixel((45, 15)) == (255, 255, 255)


def test_titles_stand_above_their_pictures() -> None:
    pages = [
        collage([plain("red", 200, 100)] * 2, titles=titles).pixels
        for titles in (None, ["One", "Two"])
    ]

    assert [page.size for page in pages] == [(408, 100), (408, 116)]
    assert pages[1].getpixel((100, 17)) == (255, 0, 0)
    band = pages[1].crop((0, 0, 200, 16)).convert("L")
    assert band.getextrema() == (0, 255)
    assert band.point(lambda level: 255 - level).getbbox()[0] > 70


def test_a_long_title_is_wrapped_and_shortened() -> None:
    page = collage([plain("red", 200, 100)], titles=["word " * 400])

    assert page.size == (200, 100 + 3 * 16)


def test_transparent_parts_are_white() -> None:
    page = collage([Image(PIL.Image.new("RGBA", (4, 4), (0, 0, 0, 0)))]).pixels

    assert (page.mode, page.getpixel((1, 1))) == ("RGB", (255, 255, 255))


@pytest.mark.parametrize("number", [0, 101])
def test_too_few_or_too_many_pictures_are_refused(number: int) -> None:
    with pytest.raises(BadArgument, match=f"{number} pictures cannot be arranged"):
        collage([RED] * number)


def test_a_title_too_many_is_refused() -> None:
    with pytest.raises(BadArgument, match="there are 2 titles for 1 pictures"):
        collage([RED], titles=["a", "b"])


def test_a_negative_gap_is_refused() -> None:
    with pytest.raises(BadArgument, match="gap is -1; 0 to 500 are allowed"):
        collage([RED], gap=-1)
