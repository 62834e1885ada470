from pathlib import Path

import pytest
import transformers

from tests.tools.adapters.load_card import load
from tools.library.audio.classify_sound import classify_sound


@pytest.mark.filterwarnings("ignore:At least one mel filter:UserWarning")
def test_a_sound_gets_a_score_for_each_label_in_each_window(
    tmp_path: Path, hiss, is_stopped
) -> None:
    config = transformers.ASTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        id2label={0: "dog", 1: "rain"},
    )  # fmt: skip
    transformers.ASTForAudioClassification(config).save_pretrained(tmp_path)
    transformers.ASTFeatureExtractor().save_pretrained(tmp_path)
    model = load("classify_sound/ast-audioset", tmp_path).model

    assert model.labels == ("dog", "rain")
    assert model.scores(hiss).shape == (1, 2)
    assert {row[0] for row in classify_sound(model, hiss).rows} <= {"dog", "rain"}
    assert is_stopped(lambda: model.scores(hiss))
