import PIL.Image
import pytest

from tools import Image
from tools.library.vision.faces import faces


@pytest.mark.real
def test_blazeface_finds_the_one_face_of_the_portrait(load_model, portrait):
    (face,) = faces(load_model("faces/blazeface"), portrait)

    assert face.label == "face"
    assert face.score > 0.85
    assert (face.left, face.top, face.right, face.bottom) == pytest.approx(
        (178, 80, 275, 178), abs=15
    )


@pytest.mark.real
def test_blazeface_finds_small_faces_in_a_large_picture(load_model, portrait):
    person = portrait.pixels.resize((200, 200))
    hall = PIL.Image.new("RGB", (1200, 800), "grey")
    hall.paste(person, (100, 500))
    hall.paste(person, (900, 200))

    found = sorted(faces(load_model("faces/blazeface"), Image(hall)), key=lambda box: box.left)

    assert [(round(box.left), round(box.top)) for box in found] == [
        pytest.approx((170, 532), abs=12),
        pytest.approx((970, 232), abs=12),
    ]


@pytest.mark.real
def test_blazeface_sees_no_faces_where_there_are_none(load_model, photo, sign):
    model = load_model("faces/blazeface")

    assert [len(faces(model, picture)) for picture in (photo, sign)] == [0, 0]


@pytest.mark.real
@pytest.mark.parametrize("size", [(1, 1), (20_000, 50), (3, 5_000)])
def test_blazeface_takes_pictures_of_any_shape(load_model, size):
    assert len(faces(load_model("faces/blazeface"), Image(PIL.Image.new("RGB", size)))) == 0
