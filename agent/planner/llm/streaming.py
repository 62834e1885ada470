"""A base class of chat models, defined by an asynchronous stream.

Closing the stream, or cancelling the task that reads it, stops the generation.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from agent.planner.llm.decoding_grammar import Grammar
from agent.runtime.run_coroutine import run_coroutine
from tools.errors import InputError

MAX_TOKENS = 512
"""Plans take 16 to 90 tokens; a longer text is not a plan."""


@dataclass(frozen=True)
class Sampling:
    """The sampling settings of one call, with its overrides."""

    temperature: float
    seed: int
    max_tokens: int
    stop: tuple[str, ...]
    grammar: Grammar | None


class StreamedChatModel(BaseChatModel):
    """A base class of models that run in this process."""

    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = MAX_TOKENS

    def sampling(self, stop: list[str] | None, options: dict[str, Any]) -> Sampling:
        """Return the settings of one call; InputError for unsupported ones."""
        values = {
            name: options.pop(name, getattr(self, name))
            for name in ("temperature", "seed", "max_tokens")
        }
        grammar = cast("Grammar | None", options.pop("grammar", None))
        if options:
            raise InputError(
                f"{', '.join(map(repr, sorted(options)))} cannot be set for {self._llm_type!r}",
                hint="temperature, seed, max_tokens, stop and grammar can be",
            )
        if values["max_tokens"] < 1:
            raise InputError(
                f"max_tokens is {values['max_tokens']!r}; 1 or more is required",
                hint=f"leave it out for {MAX_TOKENS}",
            )
        return Sampling(stop=tuple(stop or ()), grammar=grammar, **values)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = self._astream(messages, stop, run_manager, **kwargs)
        return await agenerate_from_stream(chunks)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        # A separate thread, so that this also works while an event loop is running.
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(run_coroutine, self._agenerate(messages, stop, None, **kwargs))
            return answer.result()


def piece(text: str) -> ChatGenerationChunk:
    """Return a chunk of text in the middle of a stream."""
    return ChatGenerationChunk(message=AIMessageChunk(content=text))


def ending(finish_reason: str, *, input_tokens: int, output_tokens: int) -> ChatGenerationChunk:
    """Return the last chunk of a stream, with its usage.

    The finish reason is "stop", or "length" where `max_tokens` truncates the answer.
    """
    usage = UsageMetadata(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        total_tokens=input_tokens + output_tokens,
    )
    return ChatGenerationChunk(
        message=AIMessageChunk(content="", usage_metadata=usage, chunk_position="last"),
        generation_info={"finish_reason": finish_reason},
    )
