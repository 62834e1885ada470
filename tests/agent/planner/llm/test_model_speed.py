from pathlib import Path

import pytest

from agent.planner.llm.llm_errors import LanguageModelError
from agent.planner.llm.model_speed import measure_speed
from tests.requirements import require_weights
from tools.home import home
from tools.models.catalogue import Catalogue
from tools.models.download import fetch


@pytest.mark.slow
def test_a_file_that_is_no_model_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")

    with pytest.raises(LanguageModelError, match=r"llama.cpp cannot load 'broken.gguf'"):
        measure_speed(broken)


def test_a_measurement_ends_with_its_time_limit_and_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert measure_speed(tmp_path / "any.gguf", limit_s=0.01) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real
def test_a_small_model_reads_faster_than_it_writes() -> None:
    require_weights("joint/sprites")  # whose language model it is
    (file,) = fetch(Catalogue.load(home())["llm/smollm2-135m"]).values()

    speed = measure_speed(file, limit_s=120)

    assert speed is not None
    assert speed.read_tokens_s > speed.write_tokens_s > 0
