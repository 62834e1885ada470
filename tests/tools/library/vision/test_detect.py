import PIL.Image
import pytest

from tools import BadArgument, Box, Boxes, Image, Points
from tools.library.vision.detect import Detector, detect

CAT = Box(1, 1, 5, 5, "cat", 0.9)
PERSON = Box(2, 2, 8, 8, "person", 0.8)


class SeesACatAndAPerson(Detector):
    labels = ("person", "cat", "dog")

    def find(self, image: Image) -> Boxes:
        return Boxes((CAT, PERSON))


BLANK = Image(PIL.Image.new("RGB", (10, 10)))


@pytest.mark.parametrize(
    ("label", "found"),
    [("", (CAT, PERSON)), (" ", (CAT, PERSON)), ("people", (PERSON,)), ("cats", (CAT,)),
     ("dog", ())],
)  # fmt: skip
def test_a_label_chooses_what_is_found(label, found):
    assert detect(SeesACatAndAPerson(), BLANK, label) == Boxes(found)


def test_what_is_found_in_a_region_is_told_by_its_place_in_the_picture():
    (cat,) = detect(SeesACatAndAPerson(), BLANK, "cat", Box(2, 3, 10, 10))

    assert cat == Box(3, 4, 7, 8, "cat", 0.9)


def test_points_are_no_region_to_look_at():
    with pytest.raises(BadArgument, match="are points, and a region to look at needs an area"):
        detect(SeesACatAndAPerson(), BLANK, region=Points(((2, 2),)))


def test_a_label_the_detector_does_not_know_is_answered_with_near_ones():
    with pytest.raises(BadArgument) as caught:
        detect(SeesACatAndAPerson(), BLANK, "women")

    assert str(caught.value) == (
        "the detector does not know 'women'; it knows: person, cat, dog\nhint: ask for 'person'"
    )


def test_a_label_like_nothing_it_knows_is_refused():
    with pytest.raises(BadArgument, match="does not know 'violin'") as caught:
        detect(SeesACatAndAPerson(), BLANK, "violin")

    assert caught.value.hint == ("ask for one of these, or leave the label out to find everything")


@pytest.mark.real
def test_yolox_finds_the_cup_on_the_table(load_model, photo):
    model = load_model("detect/yolox-nano")

    found = detect(model, photo)

    assert [box.label for box in found] == ["cup", "dining table"]
    (cup,) = detect(model, photo, "mugs")
    assert cup.score > 0.8
    # Where a person sees the cup, give or take a twentieth of the picture.
    assert (cup.left, cup.top) == pytest.approx((172, 18), abs=30)
    assert (cup.right, cup.bottom) == pytest.approx((410, 282), abs=30)


@pytest.mark.real
@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000)])
def test_yolox_finds_nothing_in_pictures_of_any_shape_without_anything(load_model, size):
    blank = Image(PIL.Image.new("RGB", size, "grey"))

    assert len(detect(load_model("detect/yolox-nano"), blank)) == 0
