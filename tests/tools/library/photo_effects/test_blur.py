import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image, Mask, Points
from tools.library.photo_effects.blur import blur


def halves(mode: str = "RGB", side: int = 40) -> Image:
    """Black on the left, white on the right."""
    pixels = PIL.Image.new(mode, (side, side), "black")
    pixels.paste("white", (side // 2, 0, side, side))
    return Image(pixels)


def test_an_edge_becomes_a_ramp() -> None:
    row = blur(halves(), amount=1).array()[20, :, 0].tolist()

    assert row == sorted(row)
    assert row[0] < 10 and row[39] > 245
    assert 100 < row[19] < 127 < row[20] < 155


def test_the_amount_0_changes_nothing() -> None:
    assert blur(halves(), amount=0).array().tolist() == halves().array().tolist()


def test_only_the_region_is_blurred() -> None:
    pixels = blur(halves(), Box(10, 20, 30, 40)).array()[..., 0]

    assert pixels[:14].tolist() == halves().array()[:14, :, 0].tolist()
    assert 40 < pixels[30, 18] < 127 < pixels[30, 21] < 215


def test_a_small_box_is_blurred_by_its_own_size() -> None:
    stripes = PIL.Image.new("L", (400, 400), 0)
    for x in range(0, 400, 20):
        stripes.paste(255, (x, 0, x + 10, 400))

    pixels = blur(Image(stripes), Boxes((Box(0, 0, 200, 200), Box(300, 300, 340, 340)))).array()

    assert 100 < pixels[100, 100, 0] < 155
    assert pixels[320, 305:335, 0].max() > 190


def test_a_mask_is_blurred_along_its_outline() -> None:
    circle = Mask(Box(10, 10, 30, 30).mask(40, 40))

    pixels = blur(halves(), circle).array()[..., 0]

    assert 60 < pixels[20, 19] < 127
    assert pixels[36, 19] == 0


def test_what_is_transparent_stays_so_and_does_not_darken_what_is_visible() -> None:
    pixels = PIL.Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    pixels.paste("white", (20, 0, 40, 40))

    blurred = blur(Image(pixels), amount=1).pixels

    assert blurred.getpixel((10, 20))[3] == 0
    assert blurred.getpixel((20, 20)) == (255, 255, 255, 255)


def test_a_picture_with_a_palette_and_one_of_a_pixel_are_blurred() -> None:
    palette = Image(PIL.Image.new("RGB", (4, 4), "red").convert("P"))

    assert blur(palette).pixels.getpixel((2, 2)) == (255, 0, 0)
    assert blur(Image(PIL.Image.new("RGB", (1, 1), (1, 2, 3)))).array().tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize("amount", [-0.1, 1.5, float("nan")])
def test_an_amount_out_of_range_is_refused(amount: float) -> None:
    with pytest.raises(BadArgument) as caught:
        blur(halves(), amount=amount)

    assert str(caught.value) == (
        f"amount is {amount:g}; 0 to 1 are allowed\nhint: give a number from 0 to 1 for amount"
    )


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (Boxes(()), "no region on the picture of 40×40: nothing was found"),
        (Box(90, 90, 99, 99), "is empty or outside the picture of 40×40"),
    ],
)
def test_an_empty_region_is_refused(region: Boxes | Box, message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        blur(halves(), region)


def test_points_are_refused() -> None:
    with pytest.raises(BadArgument, match="needs an area"):
        blur(halves(), Points(((5, 5),)))
