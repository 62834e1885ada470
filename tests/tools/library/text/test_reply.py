import pytest

from tools import BadArgument
from tools.library.text.reply import reply
from tools.sdk.text_writer import Writer


class Echoes(Writer):
    """Gives back how it was told to write, and of what."""

    def write(self, instruction: str, text: str) -> str:
        return f"{instruction[:47]}: {text}"


def test_the_writer_is_told_to_answer_what_was_said() -> None:
    assert reply(Echoes(), "How are you?") == (
        "The text is what a person said to you. Answer i: How are you?"
    )


def test_silence_gets_no_answer() -> None:
    with pytest.raises(BadArgument, match="the text is empty"):
        reply(Echoes(), "  ")
