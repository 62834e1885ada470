from pathlib import Path

import pytest

from tests.tools.adapters.load_card import load
from tests.tools.adapters.transformers.tiny_checkpoints import write_ast
from tools.library.audio.classify_sound import classify_sound


@pytest.mark.filterwarnings("ignore:At least one mel filter:UserWarning")
def test_a_sound_gets_a_score_for_each_label_in_each_window(
    tmp_path: Path, hiss, is_stopped
) -> None:
    write_ast(tmp_path)
    model = load("classify_sound/ast-audioset", tmp_path).model

    assert model.labels == ("dog", "rain")
    assert model.scores(hiss).shape == (1, 2)
    assert {row[0] for row in classify_sound(model, hiss).rows} <= {"dog", "rain"}
    assert is_stopped(lambda: model.scores(hiss))
