import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest

from tools import Image
from tools.library.layout.rotate import rotate
from tools.library.layout.straighten import straighten
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES
from tools.signal.skew_angle import skew_angle


def horizon(degrees: float) -> Image:
    """A bright sky over a dark, rough sea."""
    height, width = 300, 450
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(0).integers(0, 60, (height, width))
    below = y > height / 2 + (x - width / 2) * np.tan(np.radians(degrees))
    levels = np.where(below, 40 + noise, 200 + y // 10).astype(np.uint8)
    pixels = PIL.Image.fromarray(levels).filter(PIL.ImageFilter.GaussianBlur(1))
    return Image(pixels)


def sample(name: str) -> Image:
    opened = open_media(SAMPLES[name])
    assert isinstance(opened, Image)
    return opened


@pytest.mark.parametrize("degrees", [-12, -3, 1.5, 8])
@pytest.mark.parametrize("name", ["sign", "receipt"])
def test_a_page_becomes_level_and_loses_nothing(name: str, degrees: float) -> None:
    tilted = Image(rotate(sample(name), degrees).opaque())

    level = straighten(tilted)

    assert skew_angle(tilted.opaque()) == pytest.approx(degrees, abs=0.2)
    assert skew_angle(level.opaque()) == pytest.approx(0, abs=0.2)
    assert level.width >= tilted.width
    assert level.pixels.getpixel((0, 0)) == pytest.approx((255, 255, 255), abs=3)


def test_a_horizon_becomes_level_and_the_picture_is_cropped_to_what_is_whole() -> None:
    level = straighten(horizon(6))

    assert level.pixels.mode == "RGB"
    assert level.size == pytest.approx((422, 258), abs=6)
    rows = level.array()[..., 0].mean(axis=1)
    middle = level.height // 2
    assert rows[middle - 8] > 180 and rows[middle + 8] < 90


def test_a_transparent_rim_is_cropped() -> None:
    level = straighten(rotate(sample("sign"), 5))

    assert level.size == pytest.approx((640, 360), abs=8)


@pytest.mark.parametrize("name", ["photo", "portrait", "sign"])
def test_what_is_level_or_has_no_direction_stays_as_it_is(name: str) -> None:
    image = sample(name)

    assert straighten(image) is image


def test_a_plain_picture_and_one_of_a_pixel_stay() -> None:
    for size in ((1, 1), (300, 200)):
        image = Image(PIL.Image.new("RGB", size, "white"))
        assert straighten(image) is image
