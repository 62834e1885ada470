import PIL.Image
import pytest

from tools import BadArgument, Box, Image, Mask
from tools.library.images.cut_out import ForegroundFinder
from tools.library.layout.replace_background import replace_background


class FindsTheDark(ForegroundFinder):
    """What is darker than grey is in front."""

    def foreground(self, image: Image) -> Mask:
        return Mask(image.opaque().convert("L").point([255] * 100 + [0] * 156))


def thing() -> PIL.Image.Image:
    pixels = PIL.Image.new("RGB", (100, 80), (250, 240, 230))
    pixels.paste("blue", (30, 20, 60, 60))
    return pixels


def test_a_colour_comes_behind_what_is_in_front() -> None:
    pixels = replace_background(FindsTheDark(), Image(thing()), "light green").pixels

    assert (pixels.mode, pixels.size) == ("RGB", (100, 80))
    assert pixels.getpixel((45, 40)) == (0, 0, 255)
    assert pixels.getpixel((5, 5)) == (144, 238, 144)


def test_another_picture_fills_the_background() -> None:
    flag = PIL.Image.new("RGB", (300, 40), "red")
    flag.paste("lime", (150, 0, 300, 40))

    pixels = replace_background(FindsTheDark(), Image(thing()), picture=Image(flag)).pixels

    assert pixels.getpixel((2, 2)) == (255, 0, 0)
    assert pixels.getpixel((98, 2)) == (0, 255, 0)
    assert pixels.getpixel((45, 40)) == (0, 0, 255)


def test_a_blurred_background_has_no_glow_of_what_is_in_front() -> None:
    pixels = replace_background(FindsTheDark(), Image(thing()), "blur").pixels

    assert pixels.getpixel((45, 40)) == (0, 0, 255)
    assert pixels.getpixel((28, 40)) == (250, 240, 230)


def test_a_region_says_what_stays() -> None:
    mask = Mask(Box(0, 0, 50, 80).mask(100, 80))

    pixels = replace_background(FindsTheDark(), Image(thing()), "red", region=mask).pixels

    assert pixels.getpixel((10, 10)) == (250, 240, 230)
    assert pixels.getpixel((90, 40)) == (255, 0, 0)


def test_the_old_background_does_not_shine_through_a_soft_edge() -> None:
    class FindsSoftly(ForegroundFinder):
        def foreground(self, image: Image) -> Mask:
            mask = PIL.Image.new("L", image.size, 0)
            mask.paste(128, (28, 18, 62, 62))
            mask.paste(255, (30, 20, 60, 60))
            return Mask(mask)

    pixels = replace_background(FindsSoftly(), Image(thing()), "black").pixels

    assert pixels.getpixel((29, 40)) == pytest.approx((0, 0, 128), abs=12)


def test_what_is_transparent_shows_the_new_background() -> None:
    clear = thing().convert("RGBA")
    clear.paste((0, 0, 0, 0), (30, 20, 45, 60))

    pixels = replace_background(FindsTheDark(), Image(clear), "red").pixels

    assert pixels.getpixel((35, 40)) == (255, 0, 0)
    assert pixels.getpixel((55, 40)) == (0, 0, 255)


def test_an_unknown_background_is_answered_with_near_colours() -> None:
    with pytest.raises(BadArgument, match="the colour 'grean' is not known"):
        replace_background(FindsTheDark(), Image(thing()), "grean")


def test_a_picture_without_anything_in_front_is_refused() -> None:
    with pytest.raises(BadArgument, match="nothing in the picture stands out"):
        replace_background(FindsTheDark(), Image(PIL.Image.new("RGB", (20, 20), "white")))
