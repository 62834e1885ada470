import PIL.Image
import pytest

from tools import BadArgument, Box, Image
from tools.library.photo_effects.brighten import brighten


def grey(level: int, mode: str = "RGB") -> Image:
    return Image(PIL.Image.new(mode, (40, 40), (level,) * len(mode)))


@pytest.mark.parametrize(
    ("level", "amount", "brighter"),
    [
        (128, 0.3, 166), (128, 1, 203), (128, 0, 128), (255, 0.5, 255), (0, 0.5, 0),
        (128, -0.3, 90), (200, -0.5, 100), (200, -1, 0),
    ],
)  # fmt: skip
def test_shadows_are_lifted_and_a_negative_amount_darkens(
    level: int, amount: float, brighter: int
) -> None:
    assert brighten(grey(level), amount=amount).pixels.getpixel((3, 3)) == (brighter,) * 3


def test_a_region_alone_may_become_brighter() -> None:
    pixels = brighten(grey(128), Box(20, 0, 40, 40)).pixels

    assert pixels.getpixel((5, 20)) == (128, 128, 128)
    assert pixels.getpixel((35, 20)) == (166, 166, 166)


def test_opacity_stays() -> None:
    assert brighten(grey(128, "RGBA")).pixels.getpixel((3, 3)) == (166, 166, 166, 128)


def test_an_amount_out_of_range_is_refused() -> None:
    with pytest.raises(BadArgument, match="amount is -2; -1 to 1 are allowed"):
        brighten(grey(1), amount=-2)
