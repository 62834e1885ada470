import numpy as np
import pytest

from tests.tools.adapters.diffusers.tiny_pipelines import (
    write_klein,
    write_sdxl,
    write_stable_diffusion,
)
from tests.tools.adapters.load_card import load
from tools import Embedding
from tools.errors import ToolError

# The scheduler's own, of numpy's newer rules.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CARD = "draw/stable-diffusion-1.5"
QUICK = {"steps": "2", "side": "64"}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load(CARD, write_stable_diffusion(tmp_path_factory.mktemp("sd")), **QUICK).model


def vectors_of(model, words):
    read = model.pipeline.pipeline.encode_prompt(words, "cpu", 1, False)[0][0]
    return Embedding.of(read.detach().numpy(), CARD)


def alike(first, second):
    """Whether two pictures are the same but for what four places of a number leave out."""
    return np.abs(first.array().astype(int) - second.array().astype(int)).max() <= 4


def test_vectors_draw_what_the_words_that_they_are_made_of_draw(model):
    told = vectors_of(model, "a red dog")

    drawn = model.paint_from_embedding(told, seed=1)

    assert (drawn.width, drawn.height) == (64, 64)
    assert told.rows == 16
    assert alike(drawn, model.paint("a red dog", seed=1))
    assert drawn.encode() == model.paint_from_embedding(told, seed=1).encode()
    assert not alike(drawn, model.paint_from_embedding(told, seed=2))


def test_vectors_that_are_not_told_are_those_of_no_words(model):
    nothing = vectors_of(model, "")
    first = Embedding(nothing.values[:32], CARD, rows=2)

    assert alike(model.paint_from_embedding(first, seed=1), model.paint("", seed=1))


def test_vectors_of_another_width_are_refused(model):
    with pytest.raises(ToolError, match="1 vectors of 3 numbers; allowed: up to 16 of 16"):
        model.paint_from_embedding(Embedding((1.0, 2.0, 3.0), CARD), seed=1)


def test_a_painter_that_wants_more_than_vectors_says_so(tmp_path):
    folder = write_sdxl(tmp_path, kind="StableDiffusionXLPipeline", channels=4)
    model = load("draw/sdxl", folder, steps="1").model

    with pytest.raises(ToolError, match="it also needs 'pooled_prompt_embeds'"):
        model.paint_from_embedding(Embedding((1.0,), "draw/sdxl"), seed=1)


def test_another_painter_that_takes_vectors_is_told_too(tmp_path):
    model = load("draw/flux2-klein-4b", write_klein(tmp_path), steps="1", side="64").model
    told = model.pipeline.pipeline.encode_prompt("a dog")[0][0].detach()

    drawn = model.paint_from_embedding(Embedding.of(told.numpy(), "draw/flux2-klein-4b"), seed=1)

    assert alike(drawn, model.paint("a dog", seed=1))
