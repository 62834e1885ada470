"""Reply to a question or remark."""

from __future__ import annotations

from tools import tool
from tools.sdk.text_writer import Writer, render_instruction, require_text

LONGEST_TEXT = 4_000


@tool(words="Reply to {text}")
def reply(model: Writer, text: str) -> str:
    """Answer what somebody asked or said in a recording or a text, from general knowledge.

    >>> answer = reply("How many legs does a spider have?")
    """
    require_text(text, LONGEST_TEXT, "summarize it first")
    return model.write(render_instruction("reply"), text)
