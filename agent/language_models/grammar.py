"""The grammar that a model's text must follow, in the two notations that decoders read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Grammar:
    """One language, written twice: bind it with `model.bind(grammar=Grammar(gbnf=…, lark=…))`."""

    gbnf: str
    """For llama.cpp, and for the servers that take its notation (vLLM, SGLang)."""

    lark: str
    """For llguidance, which constrains transformers models."""
