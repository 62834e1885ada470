"""The list of models in the terminal."""

import re
from pathlib import Path

import pytest

from agent.cli.tables import show_models

PAGE = Path(__file__).parents[3] / "docs" / "using.md"


def test_the_list_of_models_says_where_a_model_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Models that run elsewhere")[2]
    card, profile = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)[:2]
    for name, text in {"catalogue/elsewhere": card, "profiles/mine": profile}.items():
        path = tmp_path / f"{name}.toml"
        path.parent.mkdir()
        path.write_text(text)

    show_models("mine", tmp_path, as_json=False)

    output = capsys.readouterr().out
    assert "draw/elsewhere  draw, edit · proprietary · runs at api.example.com" in output
