"""What holds for all tests: examples of properties, garbage collection, shared objects."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

# Else the default profile depends on the machine and its network.
os.environ.setdefault("BATUTA_PROFILE", "offline")

settings.register_profile("full", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=10)
settings.load_profile("full")


def pytest_collection_finish() -> None:
    # Imported modules stay: looking through them took half a second at each full collection.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def tiny_language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a language model of two layers, which no test changes."""
    from tests.agent.joint.tiny import write_language_model

    folder = tmp_path_factory.mktemp("language-model")
    write_language_model(folder)
    return folder
