"""A grammar for constrained decoding, in the two notations that decoders read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property


class Grammar:
    """One language in two notations: bind it with `model.bind(grammar=Grammar(gbnf=…, lark=…))`.

    Each is a text or a function that returns it, called when a decoder first needs that notation.
    """

    def __init__(self, *, gbnf: str | Callable[[], str], lark: str | Callable[[], str]) -> None:
        self._gbnf = gbnf
        self._lark = lark

    @cached_property
    def gbnf(self) -> str:
        """For llama.cpp, and for the servers that take its notation (vLLM, SGLang)."""
        return self._gbnf if isinstance(self._gbnf, str) else self._gbnf()

    @cached_property
    def lark(self) -> str:
        """For llguidance, which constrains transformers models."""
        return self._lark if isinstance(self._lark, str) else self._lark()
