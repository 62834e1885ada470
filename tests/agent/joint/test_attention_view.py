import PIL.Image
import pytest

from agent.joint.attention_view import MediumAttention, describe_attention, draw_attention
from tools import Box, Boxes, Image

QUARTER, DOG, SAME_DOG, CAT = (
    Box(0, 0, 50, 50),
    Box(10, 10, 30, 30, "dog"),
    Box(10, 10, 31, 30, "dog"),
    Box(60, 60, 90, 90, "cat"),
)


@pytest.mark.parametrize(("other", "share"), [
    (Box(0, 0, 10, 10), 1.0), (Box(5, 0, 15, 10), 1 / 3), (Box(10, 10, 20, 20), 0.0)
])  # fmt: skip
def test_two_boxes_have_a_share_in_common(other: Box, share: float) -> None:
    assert Box(0, 0, 10, 10).iou(other) == pytest.approx(share)


def test_two_slots_of_one_thing_are_looked_at_as_one() -> None:
    look = MediumAttention.from_slots([0.125, 0.25, 0.125, 0.0625], [QUARTER, DOG, SAME_DOG, CAT])

    assert look.share == 0.5625
    assert [(box.label, box.score) for box in look.objects] == [
        ("dog", 0.375), ("", 0.125), ("cat", 0.0625)
    ]  # fmt: skip
    assert look.by_label() == {"dog": 0.375, "cat": 0.0625}


def test_a_sound_is_looked_at_as_a_whole() -> None:
    assert MediumAttention.from_slots([0.25, 0.25], []) == MediumAttention(0.5, Boxes(()))


def test_what_was_looked_at_reads_as_a_sentence() -> None:
    shares = {"image1": 0.61, "audio1": 0.1, "words": 0.29}

    assert describe_attention(shares, {"image1": {"dog": 0.34, "house": 0.12, "bee": 0.001}}) == (
        "looked at image1 61 % (dog 34 %, house 12 %), audio1 10 %, words 29 %"
    )


def test_a_picture_is_brighter_where_it_was_looked_at_more() -> None:
    white = Image(PIL.Image.new("RGB", (300, 300), "white"))
    things = Boxes((Box(0, 0, 50, 50, score=0.5), Box(50, 0, 100, 50, score=0.25)))

    shown = draw_attention(white, things).array()

    most, less, none = (int(shown[y, x, 0]) for x, y in ((75, 75), (225, 75), (75, 225)))
    assert most == 255
    assert most > less > none > 0


def test_a_small_picture_is_shown_large_enough_for_labels() -> None:
    shown = draw_attention(Image(PIL.Image.new("RGB", (64, 100))), Boxes((DOG,)))

    assert (shown.width, shown.height) == (256, 400)
