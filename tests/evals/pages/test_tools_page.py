from pathlib import Path

import pytest

from agent.runtime.agent_runtime import Settings
from evals.pages.tools_page import write_page
from evals.quality import Quality
from evals.quality.quality_results import Results, Row

WITHOUT_MODELS = """
summary = "No model at all."
language_model = "scripted:replies.txt"
licences = []
"""


@pytest.mark.slow
async def test_the_page_shows_each_tool_with_what_was_measured_and_what_its_example_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    (tmp_path / "bare.toml").write_text(WITHOUT_MODELS)
    row = Row("grayscale", "", None, 0.25, 0.5, 3_000_000, (Quality("greyness", 1, 9),))
    Results("bare", 2, 0.1, (row,)).write(tmp_path / "tools.json")

    await write_page(Settings(profile=str(tmp_path / "bare.toml")), tmp_path)

    page = (tmp_path / "tools.md").read_text()
    assert "| [grayscale](#grayscale) |  |  | 0.25 | 0.5 | 3 | greyness 1 (9) |" in page
    assert "- 0.25 s the first call, 0.5 s a later one, 3 MB; greyness 1 (9)\n" in page
    assert "![a picture of 600×400 pixels](tools/grayscale.jpg)" in page
    assert "[a sound of 1.2 seconds](tools/cut_sound.mp3)" in page
    assert "`corner = box(0, 0, 100, 80)`\n\n> (0, 0)–(100, 80)\n" in page
    assert "## transcribe" not in page
    assert (tmp_path / "tools" / "grayscale.jpg").stat().st_size < 40_000
