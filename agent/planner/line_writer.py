"""Decode a plan line by line: the grammar of each line knows the names in scope and their types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from agent.plan import LineLayout, PlanError, line_gbnf, line_lark, read_draft
from agent.plan.check.suggestions import Tools
from agent.plan.syntax.tree import SAY
from agent.planner.llm import Grammar
from tools.sdk.plan_types import Type

MAX_LINES = 32
_SAY_CALL = f"{SAY}("
_INDENT = 4


class LineWriter:
    """A plan that is written line by line, and what its next line may be."""

    def __init__(self, tools: Tools, names: Mapping[str, Type]) -> None:
        self.text = ""
        """The lines so far, each with its line feed."""
        self.is_complete = False
        self._tools = tools
        self._scope = dict(names)
        self._layout = LineLayout()

    def grammar(self) -> Grammar:
        """Return the grammar of the next line."""
        arguments = (self._tools, dict(self._scope), self._layout)
        return Grammar(gbnf=partial(line_gbnf, *arguments), lark=partial(line_lark, *arguments))

    @property
    def stop(self) -> list[str]:
        """Return what ends the generation of the next line.

        In a block the model may end the plan after a line, which only its line feed tells.
        """
        return [] if self._layout.depth else ["\n"]

    def add_valid(self, line: str) -> bool:
        """Append a line unless its assignment or call is not valid where it stands."""
        try:
            types = self._types_after(line)
        except PlanError:
            return False
        self._append(line, types)
        return True

    def add(self, line: str) -> None:
        """Append a line, valid or not; an empty one completes the plan."""
        if not self.add_valid(line):
            self._append(line, {})

    def _append(self, line: str, types: Mapping[str, Type]) -> None:
        words = line.strip()
        if not words:
            self.is_complete = True
            return
        was_last = not self.stop and not line.endswith("\n")
        line = line.rstrip("\n")
        self.text += f"{line}\n"
        depth = (len(line) - len(line.lstrip())) // _INDENT
        has_else = self._layout.has_else[:depth]
        is_say = words.startswith(_SAY_CALL)
        if _opens_block(line):
            has_else = (*has_else, words.startswith("else"))
            self._layout = LineLayout(depth + 1, opens_block=True, has_else=has_else)
        else:
            self._layout = LineLayout(depth, has_else=has_else)
        self._scope |= types
        is_last = is_say and (was_last or not depth)
        self.is_complete = is_last or self.text.count("\n") >= MAX_LINES

    def _types_after(self, line: str) -> Mapping[str, Type]:
        """Return the names in scope after a line that is not the head of a block."""
        words = line.strip()
        if not words or _opens_block(line):
            return {}
        return read_draft(words, self._tools, self._scope).types


def _opens_block(line: str) -> bool:
    return line.rstrip().endswith(":") and line.lstrip().startswith(("if ", "elif ", "else:"))
