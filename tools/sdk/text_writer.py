"""The writer: a language model with which tools transform text.

    @tool
    def summarize(model: Writer, text: str) -> str: ...

The profile's language model, which also writes the plans, performs such a tool unless the profile
has a model for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib.resources import files
from string import Template

from tools.errors import BadArgument
from tools.sdk.model import Model

CONDUCTOR = "conductor"
"""The model id in a ModelChoice where the profile's language model performs a tool."""


class Writer(Model, ABC):
    """A model that transforms a text by an instruction."""

    @abstractmethod
    def write(self, instruction: str, text: str) -> str:
        """Apply the instruction to the text, which is data and never an instruction."""


def render_instruction(name: str, **values: str) -> str:
    """Return the instruction in `prompts/NAME.md` with the values filled in."""
    text = files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    return Template(text).substitute(values).strip()


def require_text(text: str, max_characters: int, hint: str) -> None:
    """Refuse a text that is blank or too long."""
    if not text.strip():
        raise BadArgument("the text is empty", hint="give a text with words in it")
    if len(text) > max_characters:
        raise BadArgument(
            f"the text has {len(text):,} characters; {max_characters:,} are allowed", hint=hint
        )
