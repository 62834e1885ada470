import PIL.Image
import pytest

from tools import BadArgument, Box, Image
from tools.library.photo_effects.saturate import saturate

ROSE = Image(PIL.Image.new("RGB", (40, 40), (180, 120, 120)))


@pytest.mark.parametrize(
    ("amount", "colour"),
    [
        (0, (180, 120, 120)),
        (0.3, (195, 114, 114)),
        (1, (230, 98, 98)),
        (-0.5, (159, 129, 129)),
        (-1, (138, 138, 138)),
    ],
)
def test_colours_move_away_from_their_grey(amount: float, colour: tuple[int, ...]) -> None:
    assert saturate(ROSE, amount=amount).pixels.getpixel((3, 3)) == colour


def test_grey_has_no_colour_to_strengthen() -> None:
    grey = Image(PIL.Image.new("RGB", (2, 2), (77, 77, 77)))

    assert saturate(grey, amount=1).pixels.getpixel((0, 0)) == (77, 77, 77)


def test_only_the_region_changes() -> None:
    pixels = saturate(ROSE, Box(20, 0, 40, 40), amount=-1).pixels

    assert pixels.getpixel((5, 20)) == (180, 120, 120)
    assert pixels.getpixel((35, 20)) == (138, 138, 138)


def test_an_amount_out_of_range_is_refused() -> None:
    with pytest.raises(BadArgument, match=r"amount is 1\.1; -1 to 1 are allowed"):
        saturate(ROSE, amount=1.1)
