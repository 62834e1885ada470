import json
from pathlib import Path

import numpy as np
import open_clip
import PIL.Image
import pytest
import torch
from safetensors.torch import save_model
from tokenizers import Tokenizer, models, pre_tokenizers

from tests.tools.adapters.load_card import load
from tests.tools.adapters.torch.tiny_clip import CONFIG, WORDS, write_published_clip
from tools import Image
from tools.adapters.torch.open_clip import OpenClip


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> dict[str, Path]:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clip")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    save_model(open_clip.CLIP(**CONFIG["model_cfg"]).eval(), folder / "model.safetensors")
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding(length=6)
    tokenizer.enable_truncation(6)
    tokenizer.save(str(folder / "tokenizer.json"))
    return {path.name: path for path in folder.iterdir()}


def blank(colour: str) -> Image:
    return Image(PIL.Image.new("RGB", (30, 20), colour))


def test_every_picture_is_compared_with_every_text(checkpoint):
    model = OpenClip.load(checkpoint, {}, "cpu")

    fits = model.similarities([blank("red"), blank("blue")], ["a dog", "an apple", "a dog"])

    assert fits.shape == (2, 3)
    assert (np.abs(fits) <= 1.0001).all()
    assert np.allclose(fits[:, 0], fits[:, 2])


def test_pictures_are_compared_with_each_other(checkpoint):
    model = OpenClip.load(checkpoint, {}, "cpu")

    vectors = model.vectors([blank("red"), blank("blue"), blank("red")])

    alike = vectors @ vectors.T
    assert vectors.shape == (3, 8)
    assert alike[0, 2] == pytest.approx(1, abs=1e-3)
    assert alike[0, 1] < alike[0, 2]


def test_many_pictures_fit_as_each_alone(checkpoint):
    model = OpenClip.load(checkpoint, {}, "cpu")
    pictures = [blank(f"#{number:02x}80{number:02x}") for number in range(40)]

    together = model.similarities(pictures, ["a dog"])

    assert np.allclose(together[37], model.similarities(pictures[37:38], ["a dog"])[0], atol=1e-3)


def test_a_checkpoint_without_a_tokenizer_is_read_with_clips_own(checkpoint, tmp_path):
    told = json.loads(checkpoint["config.json"].read_text())
    told["model_cfg"]["text_cfg"]["vocab_size"] = 49408
    (tmp_path / "config.json").write_text(json.dumps(told))
    weights = tmp_path / "model.safetensors"
    save_model(open_clip.CLIP(**told["model_cfg"]).eval(), weights)
    files = {"config.json": tmp_path / "config.json", "model.safetensors": weights}

    model = OpenClip.load(files, {}, "cpu")

    assert model.similarities([blank("red")], ["a dog"]).shape == (1, 1)


@pytest.mark.parametrize(
    ("card", "weights"),
    [
        ("classify/clip-vit-h-14", "open_clip_model.safetensors"),
        ("classify/clip-vit-l-14", "open_clip_pytorch_model.safetensors"),
    ],
)
def test_a_checkpoint_as_open_clip_publishes_it_is_loaded_by_its_card(tmp_path, card, weights):
    network = write_published_clip(tmp_path, weights)

    model = load(card, tmp_path).model

    look = open_clip.image_transform(64, is_train=False, mean=[0.5] * 3, std=[0.5] * 3)
    with torch.inference_mode():
        seen = network.encode_image(look(blank("red").pixels)[None], normalize=True)
        read = open_clip.get_tokenizer("ViT-B-32")(["a dog"])
        expected = seen @ network.encode_text(read, normalize=True).T
    assert np.allclose(model.similarities([blank("red")], ["a dog"]), expected, atol=1e-3)
