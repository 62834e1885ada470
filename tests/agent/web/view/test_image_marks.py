import PIL.Image
import pytest

from agent.web.view.image_marks import describe_region, draw_region, region_of
from tools.errors import InputError
from tools.media import Box, Image, Mask, Points

PICTURE = Image(PIL.Image.new("RGB", (100, 50)))


def test_a_box_is_drawn_from_any_corner_and_ends_at_the_edge() -> None:
    region = region_of({"shape": "box", "strokes": [[[120, 40], [10, -5]]]}, PICTURE, "image1")

    assert region == Box(10, 0, 100, 40, "marked in image1")
    assert describe_region(region) == "a marked box"


def test_clicks_are_points() -> None:
    region = region_of({"shape": "points", "strokes": [[[1, 2]], [[3, 4]]]}, PICTURE, "image1")

    assert region == Points(((1, 2), (3, 4)))
    assert describe_region(region) == "2 marked points"


def test_a_painted_path_is_a_mask_as_wide_as_the_brush() -> None:
    drawn = {"shape": "paint", "strokes": [[[20, 25], [80, 25]]], "width": 10}
    region = region_of(drawn, PICTURE, "image1")

    assert isinstance(region, Mask)
    assert region.pixels.getbbox() == (15, 20, 86, 31)


def test_what_is_painted_in_several_strokes_is_all_in_the_mask_and_nothing_between() -> None:
    drawn = {"shape": "paint", "strokes": [[[20, 10], [30, 10]], [[80, 40]]], "width": 8}
    region = region_of(drawn, PICTURE, "image1")

    assert isinstance(region, Mask)
    inside = [region.pixels.getpixel(at) for at in ((25, 10), (80, 40), (55, 25))]
    assert inside == [255, 255, 0]


@pytest.mark.parametrize(
    ("shape", "strokes"),
    [
        ("box", [[[10, 10], [30, 30]]]),
        ("paint", [[[12, 15], [28, 15]], [[12, 25], [28, 25]]]),
        ("points", [[[20, 20]]]),
    ],
)
def test_a_mark_is_shown_by_leaving_the_rest_in_the_shade(shape: str, strokes: object) -> None:
    page = Image(PIL.Image.new("RGB", (60, 50), "white"))
    region = region_of({"shape": shape, "strokes": strokes, "width": 8}, page, "image1")

    shown = draw_region(region, page).pixels

    assert shown.size == (60, 50)
    assert shown.getpixel((55, 45)) == (127, 127, 127)
    assert (45, 212, 191) in {colour for _, colour in shown.getcolors(100) or ()}


@pytest.mark.parametrize(
    "drawn",
    [
        None,
        {"shape": "box", "strokes": []},
        {"shape": "box", "strokes": [[]]},
        {"shape": "star", "strokes": [[[1, 1]]]},
        {"shape": "points", "strokes": [[["a", 1]]]},
        {"shape": "points", "strokes": [[[float("nan"), 1]]]},
        {"shape": "points", "strokes": [[[1, 1]]] * 5_001},
        {"shape": "paint", "strokes": [[[1, 1]]], "width": 1e9},
        {"shape": "box", "strokes": [[[5, 5], [5, 5]]]},
    ],
)
def test_what_is_no_mark_is_refused(drawn: object) -> None:
    with pytest.raises(InputError):
        region_of(drawn, PICTURE, "image1")
