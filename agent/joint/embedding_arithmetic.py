"""Add and subtract media and text as hidden states at image signals.

This module needs torch: import it inside the function that does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from agent.joint.arithmetic_request import Term
from agent.joint.dialogue import Exchange, words_of
from tools import Audio, Image

if TYPE_CHECKING:
    from agent.joint.joint_model import JointMind


class Sum(NamedTuple):
    """The sum of terms."""

    states: Tensor
    """(1, signals, width)"""
    read_as: list[str]
    """Each term as text: the text itself, or a description of the medium."""
    tokens_read: int
    tokens_written: int


def add_up(mind: JointMind, terms: Sequence[Term]) -> Sum:
    """Sum the signed states of all terms, relative to a neutral image."""
    prompts = _prompts()
    adder = _Adder(mind)
    usual = adder.states(Exchange((), prompts["usual"]), "")
    total, read_as = usual, list[str]()
    for term in terms:
        exchange = _asked(term.value)
        answer = adder.answer(exchange)
        if isinstance(term.value, Image):
            exchange = Exchange(exchange.media, prompts["again"])
        total = total + term.sign * (adder.states(exchange, answer) - usual)
        read_as.append(term.value if isinstance(term.value, str) else answer)
    return Sum(total, read_as, adder.tokens_read, adder.tokens_written)


def _asked(value: Image | Audio | str) -> Exchange:
    prompts = _prompts()
    if isinstance(value, str):
        return Exchange((), prompts["words"].format(words=value))
    return Exchange((value,), prompts["picture" if isinstance(value, Image) else "sound"])


class _Adder:
    """Encode terms, and count the tokens read and written."""

    def __init__(self, mind: JointMind) -> None:
        self._mind = mind
        self.tokens_read = 0
        self.tokens_written = 0

    def answer(self, exchange: Exchange) -> str:
        reply = self._mind.converse([exchange])
        self.tokens_read += reply.tokens_read
        self.tokens_written += reply.tokens_written
        return reply.text

    def states(self, exchange: Exchange, answer: str) -> Tensor:
        """Return the hidden states at the image signals after that answer."""
        mind = self._mind
        ids, seen = mind.read([exchange])
        signals = mind.network.signals_of("image")
        row = torch.tensor([[*ids, *words_of(answer, mind.tokenizer), *signals]])
        states = mind.network.read(row, seen, torch.ones_like(row, dtype=torch.bool))
        return states[:, -len(signals) :].float()


@cache
def _prompts() -> dict[str, str]:
    return tomllib.loads(files("prompts").joinpath("add.toml").read_text(encoding="utf-8"))
