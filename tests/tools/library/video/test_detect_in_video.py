import numpy as np
import pytest

from tests.tools.known_videos import plain_film, sample_film
from tools import BadArgument, Box, Boxes, Image, Table
from tools.library.video.detect_in_video import detect_in_video
from tools.library.video.mark_in_video import mark_in_video
from tools.library.vision.detect import Detector


class SeesACatInBrightPictures(Detector):
    labels = ("person", "cat")

    def find(self, image: Image) -> Boxes:
        bright = image.array().mean() > 128
        return Boxes((Box(8.4, 9, 40, 30, "cat", 0.876),) if bright else ())


FILM = plain_film(*[0] * 10, *[200] * 10, *[0] * 10)


def test_a_thing_is_found_when_and_where_it_is():
    found = detect_in_video(SeesACatInBrightPictures(), FILM)

    assert found == Table(
        ("second", "label", "score", "left", "top", "right", "bottom"),
        ((1.0, "cat", 0.88, 8, 9, 40, 30), (1.5, "cat", 0.88, 8, 9, 40, 30)),
    )
    assert detect_in_video(SeesACatInBrightPictures(), FILM, "people").rows == ()


def test_a_label_the_detector_does_not_know_is_refused():
    with pytest.raises(BadArgument, match="the detector does not know 'dog'"):
        detect_in_video(SeesACatInBrightPictures(), FILM, "dog")


def test_boxes_are_drawn_while_the_thing_is_there():
    found = detect_in_video(SeesACatInBrightPictures(), FILM)

    marked = mark_in_video(FILM, found)

    changed = [
        bool(np.abs(shown.astype(int) - plain).max() > 60)
        for shown, plain in zip(marked.frames(), FILM.frames(), strict=True)
    ]
    assert changed == [False] * 10 + [True] * 11 + [False] * 9


def test_another_table_is_refused():
    with pytest.raises(BadArgument, match="the table has the columns sound, score; boxes in a"):
        mark_in_video(FILM, Table(("sound", "score"), ()))


@pytest.mark.real
def test_yolox_finds_the_cup_in_the_film_as_it_moves_to_the_left(load_model):
    found = detect_in_video(load_model("detect/yolox-nano"), sample_film(), "cup")

    assert [row[0] for row in found.rows] == [0.0, 0.5, 1.0, 1.5, 2.0]
    lefts = [row[3] for row in found.rows]
    assert lefts == sorted(lefts, reverse=True)
    assert lefts[0] - lefts[-1] > 60
