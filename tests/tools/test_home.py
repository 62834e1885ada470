import stat
from pathlib import Path

import pytest

from tools.home import home, make_private


def test_the_home_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATUTA_HOME", "~/elsewhere")
    assert home() == Path.home() / "elsewhere"


def test_without_a_choice_it_is_in_the_persons_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATUTA_HOME", raising=False)
    assert home() == Path.home() / ".batuta"


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


@pytest.mark.parametrize("content", ["", "checkpoints.sqlite"])
def test_a_home_is_for_its_owner_only(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o755)
    if content:
        (folder / content).touch()

    make_private(folder)
    make_private(tmp_path / "new" / "home")

    assert (mode(folder), mode(tmp_path / "new" / "home")) == (0o700, 0o700)


def test_a_folder_that_holds_other_things_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "notes.txt").touch()

    make_private(tmp_path)

    assert mode(tmp_path) == 0o755
