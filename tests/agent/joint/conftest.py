from pathlib import Path

import pytest

from agent.joint.joint_model import JointModel
from tests.agent.joint.tiny import SHAPE, begin, copy_of


@pytest.fixture
def home(tmp_path: Path, tiny_language_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a link to the language model in `tiny`."""
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    (tmp_path / "tiny").symlink_to(tiny_language_model)
    return tmp_path


@pytest.fixture(scope="session")
def untrained(tiny_language_model: Path) -> JointModel:
    """A joint model that has learnt nothing, which no test changes."""
    return begin(JointModel, SHAPE, tiny_language_model)


@pytest.fixture
def mind(home: Path, untrained: JointModel) -> JointModel:
    """A joint model of the test's own that has learnt nothing."""
    return copy_of(untrained)
