import io
import json
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from agent.cli.console import Console
from agent.record.control_characters import json_text, visible
from agent.record.run_outcome import RunOutcome
from tests.agent.conftest import Try

HOSTILE = "a\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u202eb\u2066c\x00\r\x08d"
SHOWN = "a␛[2J␛]0;owned␇\N{REPLACEMENT CHARACTER}31m␡"


def test_control_characters_become_visible_and_lines_stay() -> None:
    assert visible("one\n\ttwo ü 猫 👩‍👩‍👧") == "one\n\ttwo ü 猫 👩‍👩‍👧"
    assert visible(HOSTILE) == f"{SHOWN}\ufffdb\ufffdc␀␍␈d"


def test_whatever_is_printed_keeps_its_style_and_loses_its_control_characters() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", width=200)
    table = Table("name")
    table.add_row(HOSTILE)

    console.print(Text(HOSTILE, style="red"))
    console.print(table)
    console.print(HOSTILE, markup=False, highlight=False)

    written = file.getvalue()
    assert "\x1b[31m" in written  # our own
    assert "\x1b[2J" not in written
    assert not {"\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\x00", "\x08"} & set(written)
    assert written.count("␛[2J") == 3


def test_json_for_other_programs_is_the_same_but_harmless_on_a_terminal() -> None:
    text = json_text({"text": HOSTILE + "ü"})

    assert json.loads(text) == {"text": HOSTILE + "ü"}
    assert "ü" in text
    assert not {"\x1b", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\x00"} & set(text)


async def test_a_result_with_control_characters_is_shown_without_them(
    attempt: Try, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from agent.cli.terminal import Terminal

    (tmp_path / "note.txt").write_bytes(b"note \x1b[2J\xc2\x9b2J\n")
    followed = await attempt.run(plan='say("{text1}")', files=(tmp_path / "note.txt",))
    terminal = Terminal()

    for event in followed.events:
        terminal.show(event)
    terminal.show_answer(followed.outcome, {})

    shown = capfd.readouterr()
    assert "\x9b" in followed.outcome.answer
    assert "\x1b" not in shown.out + shown.err
    assert "\x9b" not in shown.out + shown.err
    assert "note ␛[2J" in shown.out


def test_an_answer_without_words_is_said_to_have_none(capfd: pytest.CaptureFixture[str]) -> None:
    from agent.cli.terminal import Terminal

    Terminal().show_answer(RunOutcome(state="done"), {})

    assert capfd.readouterr().err == "(the result has no words)\n"
