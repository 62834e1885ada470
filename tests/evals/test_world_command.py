import wave
from pathlib import Path

import PIL.Image
import pytest
from typer.testing import CliRunner

from evals.world_command import app


def show(*arguments: object):
    return CliRunner().invoke(app, ["show", *map(str, arguments)])


@pytest.mark.parametrize(("kind", "width"), [("scenes", 828), ("films", 1064)])
def test_a_sheet_of_scenes_or_films_is_a_picture(tmp_path: Path, kind: str, width: int):
    out = tmp_path / "new" / "sheet.png"
    done = show("--kind", kind, "--split", "test", "--count", "5", "--out", out)
    assert (done.exit_code, done.stdout) == (0, f"wrote {out}\n")
    with PIL.Image.open(out) as sheet:
        assert sheet.width == width


def test_a_sheet_of_sounds_comes_with_a_folder_of_wavs(tmp_path: Path):
    out = tmp_path / "sheet.png"
    assert show("--kind", "sounds", "--count", "3", "--out", out).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "sheet").iterdir()) == [
        "000.wav",
        "001.wav",
        "002.wav",
    ]
    with wave.open(str(tmp_path / "sheet" / "000.wav")) as sound:
        assert (sound.getframerate(), sound.getnframes()) == (16000, 32000)


def test_the_same_seed_writes_the_same_sheet_and_another_another(tmp_path: Path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        show(
            "--count", "2", "--seed", seed, "--level", "clutter", "--out", tmp_path / f"{name}.png"
        )
    first, again, other = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert first == again != other


def test_what_cannot_be_shown_is_said_with_a_hint_and_nothing_is_written(tmp_path: Path):
    odd = show("--size", "100", "--out", tmp_path / "sheet.png")
    assert odd.exit_code == 1
    assert "no picture can be 100 pixels wide" in odd.stderr
    assert "hint: ask for 64 or 128" in odd.stderr
    assert show("--out", tmp_path / "sheet.jpg").exit_code == 1
    assert list(tmp_path.iterdir()) == []
