"""Generate one answer with transformers: logits processors and a stopping criterion.

This module needs torch: import it inside the function that does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from agent.planner.llm.llm_errors import LanguageModelError
from agent.planner.llm.streaming import Sampling

_UNFINISHED = "\ufffd"
"""What a tokenizer decodes an incomplete byte sequence of a character to."""


class Generation:
    """One answer: `run` generates it in the calling thread, `stopped` ends it early."""

    def __init__(
        self, model: Any, tokenizer: Any, prompt: Tensor, sampling: Sampling, matcher: Any
    ) -> None:
        self.stopped = threading.Event()
        self.finish_reason = "length"
        self.input_tokens: int = prompt.shape[1]
        self.output_tokens = 0
        self._model = model
        self._tokenizer = tokenizer
        self._prompt = prompt
        self._sampling = sampling
        self._matcher = matcher

    def run(self, put: Callable[[str | None], None]) -> None:
        """Generate the answer and emit its text in pieces, None last, also after an error."""
        ends = self._end_tokens()
        text = _AnswerText(self._tokenizer, ends, self._sampling.stop, put)
        try:
            self._model.generate(
                self._prompt,
                attention_mask=torch.ones_like(self._prompt),
                # A configuration of our own: a checkpoint's may ask for sampling or penalties.
                generation_config=GenerationConfig(
                    max_new_tokens=self._sampling.max_tokens,
                    do_sample=False,
                    eos_token_id=ends or None,
                    pad_token_id=ends[0] if ends else 0,
                ),
                logits_processor=self._processors(),
                stopping_criteria=StoppingCriteriaList(
                    [_StopAfterToken(self.input_tokens, text, self._matcher, self.stopped)]
                ),
            )
            text.flush()
            self.output_tokens = len(text.tokens)
            if text.ended:
                self.finish_reason = "stop"
        finally:
            put(None)

    def _processors(self) -> LogitsProcessorList:
        processors = LogitsProcessorList()
        if self._matcher is not None:
            processors.append(_GrammarProcessor(self._matcher))
        if self._sampling.temperature > 0:
            processors.append(_GumbelSampling(self._sampling, self._prompt.device))
        return processors

    def _end_tokens(self) -> list[int]:
        ends = self._model.generation_config.eos_token_id
        tokens = {self._tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])}
        return sorted(token for token in tokens if token is not None)


class _AnswerText:
    """Decode the tokens of an answer, and emit the text that later tokens cannot change."""

    def __init__(
        self,
        tokenizer: Any,
        end_tokens: Sequence[int],
        stops: Sequence[str],
        put: Callable[[str | None], None],
    ) -> None:
        self.tokens: list[int] = []
        self.ended = False
        self._tokenizer = tokenizer
        self._end_tokens = end_tokens
        self._stops = stops
        self._put = put
        self._passed_on = 0

    def append(self, token: int) -> None:
        if token in self._end_tokens:
            self.ended = True
        else:
            self.tokens.append(token)
        text = self._decoded()
        self._pass_on(text if self.ended else settled_text(text, self._stops))

    def flush(self) -> None:
        """Emit the rest after the last token."""
        self._pass_on(self._decoded())

    def _decoded(self) -> str:
        text: str = self._tokenizer.decode(self.tokens, skip_special_tokens=True)
        for stop in self._stops:
            if stop in text:
                text = text[: text.index(stop)]
                self.ended = True
        return text

    def _pass_on(self, text: str) -> None:
        if new := text[self._passed_on :]:
            self._passed_on = len(text)
            self._put(new)


class _StopAfterToken(StoppingCriteria):
    """Pass each new token on, and stop where the answer is complete."""

    def __init__(
        self, prompt_length: int, text: _AnswerText, matcher: Any, stopped: threading.Event
    ) -> None:
        self._seen_length = prompt_length
        self._text = text
        self._matcher = matcher
        self._stopped = stopped

    def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Any:  # (B,) of bool
        for token in input_ids[0, self._seen_length :].tolist():
            self._text.append(token)
            if self._matcher is not None:
                self._matcher.consume_token(token)
                check_matcher(self._matcher)
                self._text.ended |= self._matcher.is_stopped()
        self._seen_length = input_ids.shape[1]
        done = self._text.ended or self._stopped.is_set()
        return torch.full((input_ids.shape[0],), done, device=input_ids.device)


class _GrammarProcessor(LogitsProcessor):
    """Mask every token that the grammar does not allow next."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        bias = bytearray(self._matcher.compute_logit_bias())
        check_matcher(self._matcher)
        allowed = torch.frombuffer(bias, dtype=torch.uint8).to(scores.device)
        return scores.masked_fill(allowed == 0, -torch.inf)


class _GumbelSampling(LogitsProcessor):
    """Add Gumbel noise, so that the greedy choice is a sample.

    `generate` itself samples from torch's global generator, which other threads use as well.
    """

    def __init__(self, sampling: Sampling, device: torch.device) -> None:
        self._temperature = sampling.temperature
        self._generator = torch.Generator(device).manual_seed(sampling.seed)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        noise = torch.empty_like(scores, dtype=torch.float32)
        noise.exponential_(generator=self._generator)
        return scores.float() / self._temperature - noise.log()


def settled_text(text: str, stops: Sequence[str]) -> str:
    """Return the text without an end that the next token may still change."""
    text = text.rstrip(_UNFINISHED)
    longest = max(
        (size for stop in stops for size in range(1, len(stop)) if text.endswith(stop[:size])),
        default=0,
    )
    return text[: len(text) - longest]


def check_matcher(matcher: Any) -> None:
    """Raise LanguageModelError if llguidance has failed."""
    if matcher.is_error():
        raise LanguageModelError(
            f"llguidance cannot follow the grammar: {matcher.get_error()}",
            hint="the grammar is not valid Lark, or no token of this model can continue it",
        )
