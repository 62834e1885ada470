import numpy as np
import PIL.Image
import pytest

from tests.tools.known_audio import tone
from tools import BadArgument, Box, Boxes, Image, Table, Video
from tools.library.video_editing.blur_in_video import blur_in_video
from tools.library.vision.faces import FaceFinder
from tools.signal.video.moving_boxes import MovingBoxes
from tools.signal.video.video_boxes import COLUMNS, TimedBox
from tools.signal.video.video_frames import extract_audio


class SeesNothing(FaceFinder):
    def faces(self, image: Image) -> Boxes:
        return Boxes(())


class SeesTopLeft(FaceFinder):
    def faces(self, image: Image) -> Boxes:
        return Boxes((Box(8, 8, 40, 40, "face", 0.9),))


def stripes(frames: int = 10) -> Video:
    pixels = np.zeros((96, 128, 3), np.uint8)
    pixels[:, ::8] = pixels[:, 1::8] = pixels[:, 2::8] = pixels[:, 3::8] = 255
    return Video.of_frames([pixels] * frames, 10, tone(440, frames / 10, 48_000))


def contrast(pixels: np.ndarray, box: Box) -> float:
    left, top, right, bottom = map(int, (box.left, box.top, box.right, box.bottom))
    return float(pixels[top:bottom, left:right].std())


def test_faces_are_blurred_and_nothing_else():
    for pixels in blur_in_video(SeesTopLeft(), stripes()).frames():
        assert contrast(pixels, Box(8, 8, 40, 40)) < 20
        assert contrast(pixels, Box(64, 48, 128, 96)) > 110


def test_amount_says_how_much():
    contrasts = [
        contrast(next(blur_in_video(SeesTopLeft(), stripes(1), amount=amount).frames()),
                 Box(12, 12, 36, 36))
        for amount in (0, 0.2, 0.8)
    ]  # fmt: skip

    assert contrasts[0] > 110 > contrasts[1] > contrasts[2]


def test_boxes_of_a_table_are_blurred_where_they_move_to():
    rows = ((0.0, "cup", 0.9, 0, 0, 30, 30), (0.5, "cup", 0.9, 40, 0, 70, 30))

    shown = list(blur_in_video(SeesNothing(), stripes(), Table(COLUMNS, rows)).frames())

    assert contrast(shown[0], Box(2, 2, 28, 28)) < 30
    assert contrast(shown[0], Box(60, 2, 80, 28)) > 110
    # Half way between.
    assert contrast(shown[2], Box(18, 2, 44, 28)) < 30
    assert contrast(shown[5], Box(42, 2, 68, 28)) < 30
    assert contrast(shown[5], Box(2, 2, 28, 28)) > 110


def test_the_sound_stays():
    sound = extract_audio(blur_in_video(SeesTopLeft(), stripes()))

    assert sound
    assert np.abs(sound.samples).max() > 0.4


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        (None, "no face was found in the film"),
        (Table(COLUMNS, ()), "the table holds no boxes: there is nothing to blur"),
        (Table(("a",), ((1,),)), "the table has the columns a; boxes in a film have"),
    ],
)
def test_a_film_with_nothing_to_blur_is_refused(boxes, message):
    with pytest.raises(BadArgument) as caught:
        blur_in_video(SeesNothing(), stripes(), boxes)

    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_an_amount_out_of_bounds_is_refused(amount):
    with pytest.raises(BadArgument, match="0 to 1 are allowed"):
        blur_in_video(SeesTopLeft(), stripes(), amount=amount)


def at(second: float, left: float, label: str = "") -> TimedBox:
    return TimedBox(second, Box(left, 0, left + 20, 20, label))


def lefts(boxes: list[Box]) -> list[float]:
    return sorted(round(box.left, 1) for box in boxes)


def test_between_two_times_a_box_moves_evenly():
    moving = MovingBoxes([at(0, 0), at(0.5, 10), at(1, 30)])

    assert lefts(moving.at(0.25)) == [5]
    assert lefts(moving.at(0.75)) == [20]
    assert lefts(moving.at(1.3)) == [30]
    assert lefts(moving.at(1.6)) == []


def test_what_appears_and_vanishes_is_there_from_one_time_to_the_next():
    moving = MovingBoxes([at(0, 0), at(0.5, 0), at(0.5, 90), at(1, 90)])

    assert lefts(moving.at(0.25)) == [0, 90]
    assert lefts(moving.at(0.75)) == [0, 90]
    assert lefts(moving.at(1.2)) == [90]


def test_boxes_of_two_kinds_are_two_things():
    moving = MovingBoxes([at(0, 0, "cat"), at(0.5, 5, "dog")])

    assert lefts(moving.at(0.25)) == [0, 5]


def test_no_boxes_are_nowhere():
    assert MovingBoxes([]).at(0) == []


@pytest.mark.real
def test_the_face_of_a_portrait_is_found_and_blurred(load_model, portrait):
    film = Video.of_frames([portrait.array()] * 3, 10)
    model = load_model("faces/blazeface")

    hidden = next(blur_in_video(model, film).frames())

    assert len(model.faces(portrait)) == 1
    assert len(model.faces(Image(PIL.Image.fromarray(hidden)))) == 0
