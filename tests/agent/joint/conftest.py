from pathlib import Path

import pytest

from agent.joint.mind import JointMind
from tests.agent.joint.tiny import SHAPE, put_language_model


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def mind(home: Path) -> JointMind:
    """A joint model that has learnt nothing."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return JointMind.begin(SHAPE, put_language_model(home))
