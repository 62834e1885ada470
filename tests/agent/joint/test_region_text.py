import PIL.Image
import pytest

from agent.joint.dialogue import NamedExchange, Part
from agent.joint.region_text import format_box, parse_box, replace_marks, to_pixels
from tools import Box, Image
from tools.errors import BadArgument
from tools.media import Points

WIDE = Image(PIL.Image.new("RGB", (400, 200)))
SMALL = Image(PIL.Image.new("RGB", (10, 10)))


@pytest.mark.parametrize(("answer", "box"), [
    ("[0, 25, 50, 100]", Box(0, 25, 50, 100)),
    ("a dog", None),
    ("[50, 25, 0, 100]", None),
    ("[0, 25, 50, 400]", None),
])  # fmt: skip
def test_an_answer_that_is_a_box_is_read_as_one(answer: str, box: Box | None) -> None:
    assert parse_box(answer) == box


def test_a_box_is_told_in_parts_of_a_hundred_and_shown_in_pixels() -> None:
    box = Box(40, 20, 200, 100)

    assert format_box(box, WIDE.width, WIDE.height) == "[10, 10, 50, 50]"
    assert to_pixels(Box(10, 10, 50, 50), WIDE) == box


def test_what_was_marked_stands_in_the_request_as_a_box() -> None:
    mark = Box(40, 20, 200, 100, "marked in image1")
    media = (Part(WIDE, "image1"), Part(SMALL, "image2"))
    marked = NamedExchange((*media, Part(mark, "region1")), "what is in region1?")

    assert replace_marks([marked], {}.get) == [NamedExchange(media, "what is in [10, 10, 50, 50]?")]


def test_marked_points_stand_in_the_last_picture() -> None:
    mark = Points(((40, 20), (200, 100)))
    first = NamedExchange((Part(WIDE, "image1"),), "hello", "a dog")
    second = NamedExchange((Part(mark, "region1"),), "and region1?")

    assert replace_marks([first, second], {}.get) == [
        first, NamedExchange((), "and [10, 10, 50, 50]?")
    ]  # fmt: skip


def test_a_mark_in_a_picture_that_was_not_given_says_what_to_do() -> None:
    mark = Part(Box(1, 1, 2, 2, "marked in image9"), "region1")

    with pytest.raises(BadArgument, match="region1 is in a picture that this conversation was not"):
        replace_marks([NamedExchange((Part(WIDE, "image1"), mark), "what is in region1?")], {}.get)


def test_a_picture_that_was_made_comes_in_where_it_is_marked() -> None:
    mark = Part(Box(1, 1, 5, 5, "marked in image2"), "region1")

    marked = NamedExchange((mark,), "what is in region1?")

    assert replace_marks([marked], {"image2": SMALL}.get) == [
        NamedExchange((Part(SMALL, "image2"),), "what is in [10, 10, 50, 50]?")
    ]
