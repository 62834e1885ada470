from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import (
    QWEN_VL_WORDS,
    write_blip2,
    write_qwen3_vl,
)
from tools import Video


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qwen3-vl")
    write_qwen3_vl(folder)
    return folder


@pytest.fixture(scope="module")
def blip2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blip2")
    write_blip2(folder)
    return folder


@pytest.fixture(scope="module")
def model(qwen):
    return load("see/qwen3-vl-2b", qwen, longest="6").model


def test_a_caption_is_words_of_the_checkpoint_and_the_same_each_time(model, noise):
    said = model.caption(noise)

    assert said
    assert set(said.split()) <= set(QWEN_VL_WORDS[7:])
    assert model.caption(noise) == said


def test_pictures_and_pages_are_asked_as_the_card_says(model, noise):
    assert isinstance(model.answer(noise, "a dog?"), str)
    assert isinstance(model.answer_document(noise, "a cup?"), str)


def test_a_film_is_seen_as_pictures_with_their_times(model):
    frames = (np.full((32, 48, 3), level, np.uint8) for level in range(0, 240, 20))

    assert isinstance(model.answer_video(Video.of_frames(frames, 8), "a dog?"), str)


def test_stop_is_heard_before_the_first_word(model, noise, is_stopped):
    assert is_stopped(lambda: model.caption(noise))


def test_the_classic_without_a_chat_template_is_loaded_by_the_same_adapter(blip2, noise):
    model = load("see/blip2-opt-2.7b", blip2, longest="5").model

    assert model.caption(noise) == model.caption(noise)
    assert "Question" not in model.answer(noise, "a dog?")
