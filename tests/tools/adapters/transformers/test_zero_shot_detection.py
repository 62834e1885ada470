from pathlib import Path

import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_grounding_dino, write_owlv2
from tools.library.vision.detect import detect


@pytest.fixture(scope="module")
def grounding_dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grounding-dino")
    write_grounding_dino(folder)
    return folder


@pytest.fixture(scope="module")
def owl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("owlv2")
    write_owlv2(folder)
    return folder


@pytest.fixture(scope="module", params=["detect/grounding-dino-tiny", "detect/owlv2-large"])
def model(request, grounding_dino, owl):
    folder = owl if "owl" in request.param else grounding_dino
    return load(request.param, folder, score="0").model


def test_things_are_found_by_any_name_inside_the_picture_best_first(model, noise):
    found = detect(model, noise, "Dog")

    assert found
    assert {box.label for box in found} == {"dog"}
    assert [box.score for box in found] == sorted((box.score for box in found), reverse=True)
    for box in found:
        assert 0 <= box.left <= box.right <= 96
        assert 0 <= box.top <= box.bottom <= 64


def test_without_a_name_the_kinds_of_the_card_are_looked_for(model, noise):
    assert {box.label for box in detect(model, noise)} <= set(model.labels)
    assert "person" in model.labels


def test_the_same_picture_gives_the_same_boxes(model, noise):
    assert model.find_named(noise, "cup") == model.find_named(noise, "cup")


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.find_named(noise, "cup"))
