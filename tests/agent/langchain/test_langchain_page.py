"""The code in docs/langchain.md runs, with a scripted language model in place of OpenAI's."""

import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import langchain_openai
import pytest
from langchain_core.messages import AIMessage

from tests.agent.langchain.conftest import ScriptedAssistant, call
from tests.agent.langchain.test_base_tools import uri_of
from tools.sdk.tool_check import SAMPLES

PAGE = Path(__file__).parents[3] / "docs" / "langchain.md"
CODE = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
PLANS = """\
when: Cut out the cup and turn it grey
cup = crop(image1, box(25, 10, 75, 90))
grey = grayscale(cup)
say("Here it is: {grey}")
"""
EXPECTED = ["I have made it grey.", "Here it is: [grey] {'grey'", "3.5 [mirrored]"]


def scripted(**options: Any) -> ScriptedAssistant:
    return ScriptedAssistant(
        replies=[
            lambda messages: call("crop", image="photo.jpg", region=[0, 0, 90, 90]),
            lambda messages: call("grayscale", image=uri_of(messages[-1])),
            lambda messages: AIMessage("I have made it grey."),
        ]
    )


@pytest.mark.parametrize(("code", "expected"), list(zip(CODE, EXPECTED, strict=True)), ids=EXPECTED)
def test_python_code_runs(
    code: str,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(langchain_openai, "ChatOpenAI", scripted)
    shutil.copy(SAMPLES["photo"], "photo.jpg")
    Path("replies").write_text(PLANS)
    script = Path("example.py")
    script.write_text(code.replace("Agent.open(", 'Agent.open(language_model="scripted:replies", '))

    runpy.run_path(str(script))

    shown = capsys.readouterr().out
    assert expected in shown
    assert "hint:" not in shown
