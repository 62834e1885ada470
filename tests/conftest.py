"""What holds for all tests: marks by fixtures, examples of properties, garbage collection."""

import gc
from pathlib import Path

import pytest
from hypothesis import settings

MARKS = {"browser": "browser", "load_model": "real", "registry": "slow"}
"""Fixtures that give the tests which use them a mark."""

settings.register_profile("full", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=10)
settings.load_profile("full")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in MARKS.keys() & getattr(item, "fixturenames", ()):
            item.add_marker(MARKS[fixture])


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
