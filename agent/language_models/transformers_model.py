"""A causal language model of transformers, held to a grammar by llguidance.

One token at a time, each in a worker thread, instead of `generate`: whoever stops reading thereby
stops the model after the token at hand.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from agent.language_models.errors import LanguageModelError
from agent.language_models.grammar import Grammar
from agent.language_models.streamed import Sampling, StreamedChatModel, ending, piece
from tools.errors import InputError

_UNFINISHED = "\ufffd"
"""What a tokenizer puts where the bytes of a letter are not all there yet."""


class TransformersChatModel(StreamedChatModel):
    """Loads a checkpoint, a folder's or a hub repository's, at the first call."""

    checkpoint: str
    _loaded: _Checkpoint | None = PrivateAttr(default=None)
    _loading: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "transformers"

    def load(self) -> _Checkpoint:
        """The checkpoint, ready to answer."""
        with self._loading:
            if self._loaded is None:
                self._loaded = _Checkpoint(self.checkpoint)
            return self._loaded

    def close(self) -> None:
        """Unload the checkpoint; the next call loads it again."""
        with self._loading:
            self._loaded = None

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        sampling = self.sampling(stop, kwargs)
        checkpoint = await asyncio.to_thread(self.load)
        answer = await asyncio.to_thread(checkpoint.answer, messages, sampling)
        while not answer.finish_reason:
            text = await asyncio.to_thread(answer.next_text)
            if text:
                yield piece(text)
        yield ending(
            answer.finish_reason,
            input_tokens=answer.input_tokens,
            output_tokens=len(answer.tokens),
        )


class _Checkpoint:
    """Weights and tokenizer, loaded."""

    def __init__(self, name: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if name.startswith(("/", ".", "~")) and not Path(name).expanduser().is_dir():
            raise InputError(
                f"there is no checkpoint folder {name!r}",
                hint="name a folder that save_pretrained wrote, or a hub repository: hf:org/name",
            )
        where = str(Path(name).expanduser()) if name.startswith("~") else name
        device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(where)
            model: Any = AutoModelForCausalLM.from_pretrained(where, dtype="auto")
        except (OSError, ValueError) as error:
            raise LanguageModelError(
                f"transformers cannot load {name!r}: {error}",
                hint="it must be a causal language model with a tokenizer, and safetensors weights",
            ) from error
        self.model = model.to(device)
        ends = self.model.generation_config.eos_token_id
        self.end_tokens = {
            self.tokenizer.eos_token_id,
            *(ends if isinstance(ends, list) else [ends]),
        }
        self._vocabulary: Any = None

    def answer(self, messages: Sequence[BaseMessage], sampling: Sampling) -> _Answer:
        """An answer about to be written."""
        import torch

        prompt = self.tokenizer.apply_chat_template(
            convert_to_openai_messages(list(messages)),
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )["input_ids"].to(self.model.device)
        room = getattr(self.model.config, "max_position_embeddings", None)
        left = room - prompt.shape[1] if room else sampling.max_tokens
        if left < 1:
            raise LanguageModelError(
                f"the request takes {prompt.shape[1]} tokens; the model has room for {room}",
                hint="shorten the request or start a new conversation",
            )
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens, left))
        draw = torch.Generator(self.model.device).manual_seed(sampling.seed)
        return _Answer(self, prompt, sampling, self._guide(sampling.grammar), draw)

    def _guide(self, grammar: Grammar | None) -> Any:
        if grammar is None:
            return None
        from llguidance import LLMatcher
        from llguidance.hf import from_tokenizer

        if self._vocabulary is None:  # takes a second to make
            self._vocabulary = from_tokenizer(self.tokenizer, n_vocab=self.model.config.vocab_size)
        guide = LLMatcher(self._vocabulary, LLMatcher.grammar_from_lark(grammar.lark))
        _check(guide)
        return guide


class _Answer:
    """An answer in the making."""

    def __init__(
        self, checkpoint: _Checkpoint, prompt: Any, sampling: Sampling, guide: Any, draw: Any
    ) -> None:
        self.input_tokens: int = prompt.shape[1]
        self.tokens: list[int] = []
        self.finish_reason = ""
        self._checkpoint = checkpoint
        self._sampling = sampling
        self._guide = guide
        self._draw = draw
        self._next_input = prompt
        self._read: Any = None
        self._given = ""

    def next_text(self) -> str:
        """Write one token; the text that is certain by now and was not given before."""
        token = self._next_token()
        if token in self._checkpoint.end_tokens:
            self.finish_reason = "stop"
        else:
            self.tokens.append(token)
            if self._guide is not None and self._guide.is_stopped():
                self.finish_reason = "stop"
            elif len(self.tokens) == self._sampling.max_tokens:
                self.finish_reason = "length"
        text: str = self._checkpoint.tokenizer.decode(self.tokens, skip_special_tokens=True)
        for stop in self._sampling.stop:
            if stop in text:
                text = text[: text.index(stop)]
                self.finish_reason = "stop"
        if not self.finish_reason:
            text = _certain(text, self._sampling.stop)
        new = text[len(self._given) :]
        self._given += new
        return new

    def _next_token(self) -> int:
        import torch

        with torch.inference_mode():
            output = self._checkpoint.model(
                input_ids=self._next_input, past_key_values=self._read, use_cache=True
            )
            self._read = output.past_key_values
            scores = output.logits[0, -1].float()  # (V,)
            if self._guide is not None:
                allowed = torch.frombuffer(
                    bytearray(self._guide.compute_logit_bias()), dtype=torch.uint8
                )
                _check(self._guide)
                scores[allowed.to(scores.device) == 0] = -torch.inf
            if self._sampling.temperature > 0:
                chances = torch.softmax(scores / self._sampling.temperature, dim=-1)
                chosen = torch.multinomial(chances, 1, generator=self._draw)
            else:
                chosen = scores.argmax(keepdim=True)
            self._next_input = chosen[None]  # (1, 1)
        token = cast("int", chosen.item())
        if self._guide is not None:
            self._guide.consume_token(token)
            _check(self._guide)
        return token


def _certain(text: str, stops: Sequence[str]) -> str:
    """The text without an end that the next token may still turn into something else."""
    text = text.rstrip(_UNFINISHED)
    longest = max(
        (size for stop in stops for size in range(1, len(stop)) if text.endswith(stop[:size])),
        default=0,
    )
    return text[: len(text) - longest]


def _check(guide: Any) -> None:
    if guide.is_error():
        raise LanguageModelError(
            f"llguidance cannot follow the grammar: {guide.get_error()}",
            hint="the grammar is not valid Lark, or no token of this model can continue it",
        )
