from pathlib import Path

import pytest

from tools.home import home


def test_the_home_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATUTA_HOME", "~/elsewhere")
    assert home() == Path.home() / "elsewhere"


def test_without_a_choice_it_is_in_the_persons_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATUTA_HOME", raising=False)
    assert home() == Path.home() / ".batuta"
