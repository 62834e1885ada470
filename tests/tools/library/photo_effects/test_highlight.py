import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image
from tools.library.photo_effects.highlight import highlight

LEFT = Box(0, 0, 20, 40)


def red() -> Image:
    return Image(PIL.Image.new("RGB", (40, 40), (200, 0, 0)))


@pytest.mark.parametrize(
    ("how", "outside"), [("dim", (70, 0, 0)), ("grey", (60, 60, 60)), ("blur", (200, 0, 0))]
)
def test_the_region_stays_and_the_rest_is_subdued(how: str, outside: tuple[int, ...]) -> None:
    pixels = highlight(red(), LEFT, how).pixels

    assert pixels.getpixel((5, 20)) == (200, 0, 0)
    assert pixels.getpixel((35, 20)) == outside


def test_the_rest_is_blurred() -> None:
    stripes = PIL.Image.new("L", (80, 80), 0)
    for x in range(0, 80, 4):
        stripes.paste(255, (x, 0, x + 2, 80))

    row = highlight(Image(stripes), Box(0, 0, 40, 80), "blur").array()[40, :, 0]

    assert {int(level) for level in row[:30]} == {0, 255}
    assert row[50:].min() > 60 and row[50:].max() < 200


def test_several_boxes_stay() -> None:
    pixels = highlight(red(), Boxes((Box(0, 0, 10, 40), Box(30, 0, 40, 40)))).pixels

    assert [pixels.getpixel((x, 20))[0] for x in (3, 20, 37)] == [200, 70, 200]


def test_the_picture_itself_is_not_changed() -> None:
    image = red()
    highlight(image, LEFT)

    assert image.pixels.getpixel((35, 20)) == (200, 0, 0)


def test_opacity_stays() -> None:
    clear = Image(PIL.Image.new("RGBA", (40, 40), (200, 0, 0, 9)))

    assert highlight(clear, LEFT).pixels.getpixel((35, 20)) == (70, 0, 0, 9)


def test_an_empty_region_is_refused() -> None:
    with pytest.raises(BadArgument, match="nothing was found"):
        highlight(red(), Boxes(()))
