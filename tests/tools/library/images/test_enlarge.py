import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.images.enlarge import Enlarger, enlarge


class Doubles(Enlarger):
    def enlarge(self, image: Image) -> Image:
        return Image(image.opaque().resize((image.width * 2, image.height * 2)))


def test_transparent_parts_stay_transparent():
    pixels = PIL.Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    pixels.paste("red", (0, 0, 5, 10))

    larger = enlarge(Doubles(), Image(pixels)).pixels

    assert larger.size == (20, 20)
    assert larger.getpixel((2, 10))[3] == 255
    assert larger.getpixel((17, 10))[3] == 0


def test_a_large_picture_is_refused_with_what_to_do_instead():
    with pytest.raises(BadArgument) as caught:
        enlarge(Doubles(), Image(PIL.Image.new("RGB", (2000, 600))))

    assert str(caught.value) == (
        "a picture of 2000×600 pixels is large enough; up to 1,000,000 pixels can be enlarged\n"
        "hint: crop the part that matters and enlarge that"
    )


@pytest.mark.real
def test_real_esrgan_is_sharper_than_stretching_and_true_to_the_picture(load_model, portrait):
    small = portrait.pixels.crop((170, 60, 230, 120))

    larger = enlarge(load_model("enlarge/real-esrgan-x2"), Image(small)).pixels

    assert larger.size == (120, 120)
    again = larger.resize((60, 60), PIL.Image.Resampling.BOX)
    assert np.abs(np.asarray(again, int) - np.asarray(small, int)).mean() < 8
    assert sharpness(larger) > 1.2 * sharpness(small.resize((120, 120)))


def sharpness(pixels: PIL.Image.Image) -> float:
    """How much neighbouring pixels differ."""
    return float(np.abs(np.diff(np.asarray(pixels, int), axis=1)).mean())


@pytest.mark.real
@pytest.mark.parametrize("size", [(1, 1), (101, 3), (100, 97)])
def test_real_esrgan_leaves_no_seams_in_pictures_of_any_shape(load_model, size):
    grey = Image(PIL.Image.new("RGB", size, (100, 120, 140)))

    larger = enlarge(load_model("enlarge/real-esrgan-x2"), grey)

    assert larger.pixels.size == (2 * size[0], 2 * size[1])
    assert np.abs(larger.array().astype(int) - (100, 120, 140)).max() <= 6
