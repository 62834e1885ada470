import PIL.Image
import pytest

from tools import Image, ToolError
from tools.library.vision.pose import JOINTS, Pose, PoseFinder, pose

BLANK = Image(PIL.Image.new("RGB", (200, 200), "white"))


class Sees(PoseFinder):
    def __init__(self, *seen: Pose) -> None:
        self.seen = seen

    def poses(self, image: Image) -> tuple[Pose, ...]:
        return self.seen


def person(**joints: tuple[float, float]) -> Pose:
    places = {name.replace("_", " "): place for name, place in joints.items()}
    return Pose(tuple(places.get(name) for name in JOINTS))


def test_bones_join_the_joints_in_the_colours_of_openpose():
    arm = person(right_shoulder=(50, 50), right_elbow=(50, 100), right_wrist=(100, 100))

    drawn = pose(Sees(arm), BLANK).pixels

    assert drawn.size == (200, 200)
    assert drawn.getpixel((50, 75)) == (255, 170, 0)
    assert drawn.getpixel((75, 100)) == (255, 255, 0)
    assert drawn.getpixel((150, 150)) == (0, 0, 0)


def test_a_bone_with_an_unseen_end_is_left_out():
    drawn = pose(Sees(person(nose=(100, 100), left_hip=(100, 150))), BLANK).pixels

    assert drawn.getpixel((100, 125)) == (0, 0, 0)
    assert drawn.getpixel((100, 100)) == (255, 0, 0)


def test_a_picture_of_nobody_is_said_to_be_one():
    with pytest.raises(ToolError, match="no person with a recognisable pose was found"):
        pose(Sees(), BLANK)


@pytest.mark.real
def test_blazepose_sees_the_head_shoulders_and_arms_of_the_portrait(load_model, portrait):
    (found,) = load_model("pose/blazepose").poses(portrait)

    joints = dict(zip(JOINTS, found.joints, strict=True))
    # Her right is at the left of the picture.
    assert joints["nose"] == pytest.approx((225, 125), abs=15)
    assert joints["right shoulder"] == pytest.approx((105, 225), abs=35)
    assert joints["left shoulder"] == pytest.approx((298, 240), abs=35)
    assert joints["right elbow"][1] > joints["right shoulder"][1] + 50


@pytest.mark.real
def test_blazepose_follows_a_person_who_leans(load_model, portrait):
    leaning = Image(portrait.pixels.rotate(30, fillcolor="grey"))

    (found,) = load_model("pose/blazepose").poses(leaning)

    nose = found.joints[JOINTS.index("nose")]
    assert nose == pytest.approx((164, 158), abs=25)


@pytest.mark.real
def test_blazepose_tells_two_people_apart(load_model, portrait):
    two = PIL.Image.new("RGB", (1024, 512))
    two.paste(portrait.pixels)
    two.paste(portrait.pixels, (512, 0))

    found = load_model("pose/blazepose").poses(Image(two))

    noses = sorted(person.joints[0] for person in found)
    assert noses == [pytest.approx((225, 125), abs=20), pytest.approx((737, 125), abs=20)]


@pytest.mark.real
@pytest.mark.parametrize("size", [(1, 1), (2000, 30), (400, 400)])
def test_blazepose_sees_nobody_in_blank_pictures(load_model, size):
    assert load_model("pose/blazepose").poses(Image(PIL.Image.new("RGB", size, "grey"))) == ()
