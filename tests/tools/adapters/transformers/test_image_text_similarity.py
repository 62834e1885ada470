from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters.transformers.tiny_checkpoints import write_clip, write_siglip
from tools.adapters.transformers.image_text_similarity import ImageTextSimilarity


@pytest.fixture(scope="module", params=[write_clip, write_siglip], ids=["clip", "siglip"])
def model(request, tmp_path_factory: pytest.TempPathFactory) -> ImageTextSimilarity:
    write: Callable[[Path], Path] = request.param
    folder = write(tmp_path_factory.mktemp("checkpoint"))
    files = {path.name: path for path in folder.iterdir()}
    settings = {"padding": "max_length"} if write is write_siglip else {}
    return ImageTextSimilarity.load(files, settings, "cpu")


def test_every_picture_is_compared_with_every_text(model, noise):
    turned = noise.map(lambda pixels: pixels.rotate(90))

    fits = model.similarities([noise, turned], ["a dog", "an apple", "a dog"])

    assert fits.shape == (2, 3)
    assert (np.abs(fits) <= 1.0001).all()
    assert np.allclose(fits[:, 0], fits[:, 2], atol=1e-5)


def test_pictures_are_compared_with_each_other(model, noise):
    vectors = model.vectors([noise, noise.map(lambda pixels: pixels.rotate(90)), noise])

    alike = vectors @ vectors.T
    assert alike[0, 2] == pytest.approx(1, abs=1e-4)
    assert alike[0, 1] < alike[0, 2]


def test_many_texts_fit_as_each_alone(model, noise):
    texts = ["a dog", "apple"] * 20

    together = model.similarities([noise], texts)

    assert np.allclose(together[0, 37], model.similarities([noise], ["apple"])[0, 0], atol=1e-4)


def test_the_scores_are_those_of_the_network_itself(model, noise):
    import torch

    network, processor = model.loaded.network, model.loaded.processor
    inputs = processor(
        images=noise.opaque(), text=["a dog"], padding=model.padding, return_tensors="pt"
    )
    with torch.inference_mode():
        outputs = network(**inputs)
    expected = outputs.image_embeds @ outputs.text_embeds.T

    assert np.allclose(model.similarities([noise], ["a dog"]), expected.numpy(), atol=1e-4)


def test_stop_is_heard(model, noise, is_stopped):
    assert is_stopped(lambda: model.vectors([noise]))
