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
from agent.joint.dialogue import Exchange, encode_text
from tools import Audio, Image

if TYPE_CHECKING:
    from agent.joint.joint_model import JointModel


class EmbeddingSum(NamedTuple):
    """The sum of terms."""

    states: Tensor
    """(1, signals, width)"""
    descriptions: list[str]
    """Each term as text: the text itself, or a description of the medium."""
    tokens_read: int
    tokens_written: int


def sum_terms(model: JointModel, terms: Sequence[Term]) -> EmbeddingSum:
    """Sum the signed states of all terms, relative to a neutral image."""
    prompts = _prompts()
    reader = _TermReader(model)
    neutral_states = reader.states(Exchange((), prompts["usual"]), "")
    total, descriptions = neutral_states, list[str]()
    for term in terms:
        exchange = _exchange_for(term.value)
        answer = reader.answer(exchange)
        if isinstance(term.value, Image):
            exchange = Exchange(exchange.media, prompts["again"])
        total = total + term.sign * (reader.states(exchange, answer) - neutral_states)
        descriptions.append(term.value if isinstance(term.value, str) else answer)
    return EmbeddingSum(total, descriptions, reader.tokens_read, reader.tokens_written)


def _exchange_for(value: Image | Audio | str) -> Exchange:
    prompts = _prompts()
    if isinstance(value, str):
        return Exchange((), prompts["words"].format(words=value))
    return Exchange((value,), prompts["picture" if isinstance(value, Image) else "sound"])


class _TermReader:
    """Encode terms, and count the tokens read and written."""

    def __init__(self, model: JointModel) -> None:
        self._model = model
        self.tokens_read = 0
        self.tokens_written = 0

    def answer(self, exchange: Exchange) -> str:
        reply = self._model.converse([exchange])
        self.tokens_read += reply.tokens_read
        self.tokens_written += reply.tokens_written
        return reply.text

    def states(self, exchange: Exchange, answer: str) -> Tensor:
        """Return the hidden states at the image signals after that answer."""
        model = self._model
        ids, features = model.encode_dialogue([exchange])
        signals = model.network.signal_ids("image")
        row = torch.tensor([[*ids, *encode_text(answer, model.tokenizer), *signals]])
        states = model.network.hidden_states(row, features, torch.ones_like(row, dtype=torch.bool))
        return states[:, -len(signals) :].float()


@cache
def _prompts() -> dict[str, str]:
    return tomllib.loads(files("prompts").joinpath("add.toml").read_text(encoding="utf-8"))
