from pathlib import Path

import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import (
    write_text_detector,
    write_text_recogniser,
)
from tools.library.text.read_text import read_text


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A network that always reads something, and one that takes every picture for one line."""
    reads, finds = tmp_path_factory.mktemp("rec"), tmp_path_factory.mktemp("det")
    write_text_recogniser(reads)
    write_text_detector(finds)
    return reads, finds


@pytest.fixture(scope="module")
def model(folders):
    return load("read_text/pp-ocr-v6-medium", *folders, score="0").model


def test_a_line_is_read_where_it_is(model, noise):
    (line,) = model.read(noise)

    assert (line.left, line.top, line.right, line.bottom) == (0, 0, 96, 64)
    assert 0 < line.score <= 1
    assert line.label
    assert set(line.label) <= set("abc ")
    assert read_text(model, noise) == line.label
    assert model.read(noise).items == (line,)


def test_what_is_read_unsurely_is_left_out(folders, noise):
    unsure = load("read_text/pp-ocr-v6-medium", *folders, score="1.1").model

    assert read_text(unsure, noise) == ""


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.read(noise))
