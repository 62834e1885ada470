from pathlib import Path

import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_sam2
from tools import Box, Points


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SAM 2 in the layout it is published in, whose config calls it the network for films."""
    folder = tmp_path_factory.mktemp("sam2")
    write_sam2(folder)
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return load("segment/sam2.1-large", folder).model


PROMPTS = (Box(3, 4, 30, 40), Points(((5, 6), (20, 20))))


def test_each_box_and_each_set_of_points_gets_an_outline_of_the_pictures_size(model, noise):
    masks = model.outline(noise, PROMPTS)

    assert [mask.pixels.size for mask in masks] == [(96, 64), (96, 64)]


def test_two_prompts_together_are_as_each_alone(model, noise):
    together = model.outline(noise, PROMPTS)
    alone = [model.outline(noise, [prompt])[0] for prompt in PROMPTS]

    assert [mask.encode() for mask in together] == [mask.encode() for mask in alone]


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.outline(noise, PROMPTS))
