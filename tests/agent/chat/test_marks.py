import PIL.Image
import pytest

from agent.chat.marks import region_of, words_for
from tools.errors import InputError
from tools.media import Box, Image, Mask, Points

PICTURE = Image(PIL.Image.new("RGB", (100, 50)))


def test_a_box_is_drawn_from_any_corner_and_ends_at_the_edge() -> None:
    region = region_of({"shape": "box", "points": [[120, 40], [10, -5]]}, PICTURE, "image1")

    assert region == Box(10, 0, 100, 40, "marked in image1")
    assert words_for(region) == "a marked box"


def test_clicks_are_points() -> None:
    region = region_of({"shape": "points", "points": [[1, 2], [3, 4]]}, PICTURE, "image1")

    assert region == Points(((1, 2), (3, 4)))
    assert words_for(region) == "2 marked points"


def test_a_painted_path_is_a_mask_as_wide_as_the_brush() -> None:
    drawn = {"shape": "paint", "points": [[20, 25], [80, 25]], "width": 10}
    region = region_of(drawn, PICTURE, "image1")

    assert isinstance(region, Mask)
    assert region.pixels.getbbox() == (15, 20, 86, 31)


@pytest.mark.parametrize(
    "drawn",
    [
        None,
        {"shape": "box", "points": []},
        {"shape": "star", "points": [[1, 1]]},
        {"shape": "points", "points": [["a", 1]]},
        {"shape": "points", "points": [[float("nan"), 1]]},
        {"shape": "paint", "points": [[1, 1]], "width": 1e9},
        {"shape": "box", "points": [[5, 5], [5, 5]]},
    ],
)
def test_what_is_no_mark_is_refused(drawn: object) -> None:
    with pytest.raises(InputError):
        region_of(drawn, PICTURE, "image1")
