import numpy as np
import pytest

from tests.tools.adapters.diffusers.tiny_pipelines import write_controlnet, write_klein, write_sdxl
from tests.tools.adapters.load_card import load
from tools import Box, Mask

# The scheduler's own, of numpy's newer rules.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

QUICK = {"steps": "2", "pixels": "4096"}
HOLE = Mask(Box(16, 16, 48, 48).mask(96, 64))


@pytest.fixture(scope="module")
def klein(tmp_path_factory):
    return write_klein(tmp_path_factory.mktemp("klein"))


@pytest.fixture(scope="module")
def inpainter(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdxl-inpainting")
    write_sdxl(folder, kind="StableDiffusionXLInpaintPipeline", channels=9)
    return load("paint_into/sdxl-inpainting", folder, **QUICK).model


def test_words_become_a_picture_the_same_for_the_same_seed(klein):
    model = load("draw/flux2-klein-4b", klein, steps="1", side="64").model

    first = model.paint("a dog", seed=1)

    assert (first.width, first.height) == (64, 64)
    assert model.paint("a dog", seed=1).encode() == first.encode()
    assert model.paint("a dog", seed=2).encode() != first.encode()


def test_a_picture_is_changed_by_words_by_another_picture_and_by_the_words_for_a_style(
    klein, noise
):
    model = load("edit/flux2-klein-4b", klein, steps="1", pixels="4096").model

    changed = [
        model.edit(noise, "a red dog", seed=1),
        model.paint(noise, noise, strength=1.0),
        model.paint_from_prompt(noise, "apple", strength=0.3, seed=1),
    ]

    assert [(image.width, image.height) for image in changed] == [(96, 64)] * 3


def test_only_the_hole_is_painted(inpainter, noise):
    filled = inpainter.fill(noise, HOLE)
    replaced = inpainter.paint_into(noise, HOLE, "a dog", seed=1)

    changed = (filled.array() != noise.array()).any(axis=-1)
    assert not changed[:16].any()
    assert not changed[:, 48:].any()
    assert changed[16:48, 16:48].mean() > 0.9
    assert inpainter.fill(noise, HOLE).encode() == filled.encode()
    assert replaced.encode() != filled.encode()


def test_the_checkpoint_that_draws_fills_holes_too(klein, noise):
    model = load("paint_into/flux2-klein-4b", klein, steps="2", pixels="4096").model

    filled = model.fill(noise, HOLE)

    assert np.array_equal(filled.array()[:16], noise.array()[:16])
    assert not np.array_equal(filled.array()[16:48, 16:48], noise.array()[16:48, 16:48])


def test_a_guide_leads_and_its_kind_matters(tmp_path, noise):
    sdxl = write_sdxl(tmp_path / "sdxl", kind="StableDiffusionXLPipeline", channels=4)
    controlnet = write_controlnet(tmp_path / "controlnet")
    model = load("draw_from/sdxl-controlnet-union", sdxl, controlnet, **QUICK).model

    drawn = model.paint_along(noise, "edges", "a dog", seed=1)

    assert model.kinds == ("edges", "depth", "pose", "scribble", "segments")
    assert (drawn.width, drawn.height) == (96, 64)
    assert model.paint_along(noise, "depth", "a dog", seed=1).encode() != drawn.encode()


def test_stop_is_heard_within_a_step(inpainter, noise, told_until_stopped):
    told = told_until_stopped(lambda: inpainter.fill(noise, HOLE))

    assert [progress.message for progress in told] == ["step 1 of 2"]
