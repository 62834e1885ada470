"""A causal language model of transformers, with constrained decoding by llguidance."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from agent.planner.llm.decoding_grammar import Grammar
from agent.planner.llm.llm_errors import LanguageModelError
from agent.planner.llm.streaming import Sampling, StreamedChatModel, ending, piece
from tools.errors import InputError
from tools.models.accelerators import available_device

if TYPE_CHECKING:
    from agent.planner.llm.generation import Generation


class TransformersChatModel(StreamedChatModel):
    """A chat model that loads its checkpoint at the first call."""

    checkpoint: str
    _loaded: _Checkpoint | None = PrivateAttr(default=None)
    _loading: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "transformers"

    def load(self) -> _Checkpoint:
        """Load the checkpoint if necessary."""
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
        generation = await asyncio.to_thread(checkpoint.prepare, messages, sampling)
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def emit(text: str | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, text)

        thread = asyncio.create_task(asyncio.to_thread(generation.run, emit))
        try:
            while (text := await pieces.get()) is not None:
                yield piece(text)
            await thread
        finally:
            # Closing the stream stops the model after the current token.
            generation.stopped.set()
            await asyncio.wait({thread})
        yield ending(
            generation.finish_reason,
            input_tokens=generation.input_tokens,
            output_tokens=generation.output_tokens,
        )


class _Checkpoint:
    """Weights and tokenizer, loaded."""

    def __init__(self, name: str) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if name.startswith(("/", ".", "~")) and not Path(name).expanduser().is_dir():
            raise InputError(
                f"there is no checkpoint folder {name!r}",
                hint="name a folder that save_pretrained wrote, or a hub repository: hf:org/name",
            )
        location = str(Path(name).expanduser()) if name.startswith("~") else name
        device = available_device()
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(location, trust_remote_code=False)
            model: Any = AutoModelForCausalLM.from_pretrained(
                location, dtype="auto", trust_remote_code=False
            )
        except (OSError, ValueError) as error:
            raise LanguageModelError(
                f"transformers cannot load {name!r}: {error}",
                hint="it must be a causal language model with a tokenizer, and safetensors weights",
            ) from error
        self.model = model.to(device)
        self._vocabulary: Any = None

    def prepare(self, messages: Sequence[BaseMessage], sampling: Sampling) -> Generation:
        """Tokenize the prompt and compile the grammar for one answer."""
        from agent.planner.llm.generation import Generation

        prompt = self.tokenizer.apply_chat_template(
            convert_to_openai_messages(list(messages)),
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )["input_ids"].to(self.model.device)
        context = getattr(self.model.config, "max_position_embeddings", None)
        left = context - prompt.shape[1] if context else sampling.max_tokens
        if left < 1:
            raise LanguageModelError(
                f"the request takes {prompt.shape[1]} tokens; the model has room for {context}",
                hint="shorten the request or start a new conversation",
            )
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens, left))
        matcher = self._matcher(sampling.grammar) if sampling.grammar else None
        return Generation(self.model, self.tokenizer, prompt, sampling, matcher)

    def _matcher(self, grammar: Grammar) -> Any:
        from llguidance import LLMatcher
        from llguidance.hf import from_tokenizer

        from agent.planner.llm.generation import check_matcher

        if self._vocabulary is None:  # takes a second
            self._vocabulary = from_tokenizer(self.tokenizer, n_vocab=self.model.config.vocab_size)
        matcher = LLMatcher(self._vocabulary, LLMatcher.grammar_from_lark(grammar.lark))
        check_matcher(matcher)
        return matcher
