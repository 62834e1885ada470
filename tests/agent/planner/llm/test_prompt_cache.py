import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.planner.llm.prompt_cache import PromptCache


def keep(prompts: PromptCache, key: str, content: bytes) -> Path:
    part = prompts.begin()
    part.write_bytes(content)
    return prompts.keep(key, part)


def test_a_kept_file_is_found_again_by_its_key(tmp_path: Path) -> None:
    kept = keep(PromptCache(tmp_path), "plan", b"what was read")
    assert PromptCache(tmp_path).find("plan") == kept
    assert PromptCache(tmp_path).find("answer") is None


@given(cut=st.integers(0, 12), flipped=st.integers(0, 12))
def test_a_damaged_file_is_never_found_and_is_removed(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flipped: int
) -> None:
    content = bytearray(b"what was read")
    content[flipped] ^= 1
    for damaged in (bytes(content), b"what was read"[:cut]):
        folder = tmp_path_factory.mktemp("kept")
        kept = keep(PromptCache(folder), "plan", b"what was read")
        kept.write_bytes(damaged)
        assert PromptCache(folder).find("plan") is None
        assert list(folder.iterdir()) == []


def test_a_file_that_was_begun_and_never_kept_is_not_found(tmp_path: Path) -> None:
    prompts = PromptCache(tmp_path)
    prompts.begin().write_bytes(b"half")
    assert prompts.find("plan") is None


def test_only_the_last_used_files_stay(tmp_path: Path) -> None:
    prompts = PromptCache(tmp_path, limit=2)
    for second, key in enumerate(("first", "second")):
        os.utime(keep(prompts, key, key.encode()), (second, second))
    assert prompts.find("first")  # used just now, so the second is older
    keep(prompts, "third", b"third")
    assert prompts.find("second") is None
    assert prompts.find("first")
    assert prompts.find("third")


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert PromptCache(tmp_path / "none").find("plan") is None
