from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_sam2_video
from tools import Box, Mask, Points, Video
from tools.library.video.track import track


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SAM 2 with its memory of earlier pictures, in the layout it is published in."""
    folder = tmp_path_factory.mktemp("sam2-video")
    write_sam2_video(folder)
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return load("track/sam2.1-large", folder).model


@pytest.fixture(scope="module")
def film() -> Video:
    """Eight pictures of 96×64 random pixels."""
    dice = np.random.default_rng(0)
    return Video.of_frames(list(dice.integers(0, 256, (8, 64, 96, 3), np.uint8)), 10)


def frames(film: Video):
    return [PIL.Image.fromarray(pixels) for pixels in film.frames()]


def half() -> Mask:
    pixels = PIL.Image.new("L", (96, 64))
    pixels.paste(255, (0, 0, 48, 64))
    return Mask(pixels)


@pytest.mark.parametrize("region", [Box(3, 4, 30, 40), Points(((5, 6), (20, 20))), half()])
def test_each_picture_has_a_box_on_it_or_none(model, film, region):
    found = list(model.track(frames(film), region))

    assert len(found) == 8
    for box in found:
        assert box is None or (0 <= box.left < box.right <= 96 and 0 <= box.top < box.bottom <= 64)
        assert box is None or 0.5 < box.score <= 1


def test_a_mask_is_taken_as_it_is_in_the_first_picture(model, film):
    first = next(model.track(frames(film), half()))

    assert (first.left, first.top, first.right, first.bottom) == (0, 0, 48, 64)


def test_the_same_film_gives_the_same_table(model, film):
    table = track(model, film, half())

    assert table.rows[0][:1] == (0.0,)
    assert table.rows[0][3:] == (0, 0, 48, 64)
    assert track(model, film, half()) == table


def test_no_more_is_remembered_than_later_pictures_ask_for(model, film, monkeypatch):
    sessions = []
    start = model.loaded.processor.init_video_session

    def started(**told):
        sessions.append(start(**told))
        return sessions[0]

    monkeypatch.setattr(model.loaded.processor, "init_video_session", started)
    list(model.track(frames(film), half()))

    assert sessions[0].processed_frames == {}
    assert sorted(sessions[0].output_dict_per_obj[0]["non_cond_frame_outputs"]) == [5, 6, 7]


def test_stop_is_heard(model, film, is_stopped):
    assert is_stopped(lambda: list(model.track(frames(film), half())))
