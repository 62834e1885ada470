from pathlib import Path
from typing import Any

import pytest
import transformers

from tests.tools.adapters.load_card import load, word_tokenizer
from tools.library.vision.detect import detect

SMALL: dict[str, Any] = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def grounding_dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grounding-dino")
    words = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "dog", "cat", "cup", "animal", ".", "?")
    seeing = transformers.SwinConfig(
        image_size=64, embed_dim=8, depths=[1] * 4, num_heads=[1] * 4, window_size=4,
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = transformers.GroundingDinoConfig(
        backbone_config=seeing, num_queries=8, d_model=32, encoder_layers=1, decoder_layers=2,
        text_config={**SMALL, "model_type": "bert", "vocab_size": len(words)},
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_text_len=64,
    )  # fmt: skip
    transformers.GroundingDinoForObjectDetection(config).save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*words, unknown="[UNK]", around=("[CLS]", "[SEP]")),
        unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )  # fmt: skip
    looks = transformers.GroundingDinoImageProcessor(size={"shortest_edge": 64, "longest_edge": 96})
    transformers.GroundingDinoProcessor(looks, tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def owl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("owlv2")
    words = ("!", "<s>", "</s>", "dog", "cat", "cup")
    config = transformers.Owlv2Config(
        text_config={**SMALL, "vocab_size": len(words), "bos_token_id": 1, "eos_token_id": 2},
        vision_config={**SMALL, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    transformers.Owlv2ForObjectDetection(config).save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=word_tokenizer(*words, unknown="</s>", around=("<s>", "</s>")),
        unk_token="</s>", pad_token="!", bos_token="<s>", eos_token="</s>", model_max_length=16,
    )  # fmt: skip
    looks = transformers.Owlv2ImageProcessor(size={"height": 32, "width": 32})
    transformers.Owlv2Processor(looks, tokenizer).save_pretrained(folder)
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
