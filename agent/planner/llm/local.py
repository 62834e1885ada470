"""A GGUF language model with constrained decoding and a prompt cache."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from agent.planner.llm.language_model_files import LanguageModelFiles
from agent.planner.llm.llama_server import LlamaServer
from agent.planner.llm.llm_errors import LanguageModelError
from agent.planner.llm.prompt_cache import PromptCache
from agent.planner.llm.static_prompt import static_part
from agent.planner.llm.streaming import Sampling, StreamedChatModel, ending, piece

_MIB = 1 << 20


class LocalChatModel(StreamedChatModel):
    """A chat model that loads its GGUF file at the first call.

    `load` loads it earlier, and `close` frees the memory. The static part of a prompt (see
    static_prompt.py) is read once and cached in `prompt_cache_folder`, also for later starts.
    """

    find: Callable[[], LanguageModelFiles]
    """Return the files, possibly after a download."""

    prompt_cache_folder: Path
    _server: LlamaServer | None = PrivateAttr(default=None)
    _loading: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _cached_prompts: set[str] = PrivateAttr(default_factory=set[str])

    @property
    def _llm_type(self) -> str:
        return "local"

    def load(self) -> LlamaServer:
        """Load the model if necessary (1.2 to 3 s by default)."""
        with self._loading:
            if self._server is None:
                self.prompt_cache_folder.mkdir(parents=True, exist_ok=True)
                files = self.find()
                self._server = LlamaServer(
                    files.weights,
                    prompt_cache_folder=self.prompt_cache_folder,
                    adapter=files.adapter,
                )
            return self._server

    async def known_tools(self) -> frozenset[str] | None:
        """Return the signatures a fine-tuned planner was trained with; None for other models."""
        files = await asyncio.to_thread(self.find)
        if files.known_tools is None:
            return None
        return frozenset(files.known_tools.read_text(encoding="utf-8").splitlines())

    def close(self) -> None:
        """Unload the model; the next call loads it again."""
        with self._loading:
            if self._server is not None:
                self._server.close()
            self._server = None
            self._cached_prompts.clear()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        sampling = self.sampling(stop, kwargs)
        server = await asyncio.to_thread(self.load)
        await self._read_static_part(server, static_part(messages))
        finish_reason, input_tokens, output_tokens = "", 0, 0
        async with aclosing(server.stream(_body(messages, sampling))) as stream:
            async for delta in stream:
                finish_reason = delta.finish_reason or finish_reason
                input_tokens += delta.input_tokens
                output_tokens += delta.output_tokens
                if delta.text:
                    yield piece(delta.text)
        yield ending(finish_reason, input_tokens=input_tokens, output_tokens=output_tokens)

    async def _read_static_part(self, server: LlamaServer, messages: Sequence[BaseMessage]) -> None:
        if not messages:
            return
        # Some chat templates require a user message.
        body = {"messages": [*_openai_messages(messages), {"role": "user", "content": ""}]}
        prompt = json.dumps(body)
        if prompt in self._cached_prompts:
            return
        prompt_cache = PromptCache(self.prompt_cache_folder)
        key = await asyncio.to_thread(_key, (server.model, server.adapter), prompt)
        if not await self._restore(server, prompt_cache, key):
            await server.read(body)
            await self._save(server, prompt_cache, key)
        self._cached_prompts.add(prompt)

    async def _restore(self, server: LlamaServer, prompt_cache: PromptCache, key: str) -> bool:
        file = await asyncio.to_thread(prompt_cache.find, key)
        if file is None:
            return False
        try:
            await server.restore(file.name)
        except LanguageModelError:
            prompt_cache.drop(file)
            return False
        return True

    async def _save(self, server: LlamaServer, prompt_cache: PromptCache, key: str) -> None:
        part = prompt_cache.begin()
        try:
            await server.save(part.name)
            await asyncio.to_thread(prompt_cache.keep, key, part)
        except (LanguageModelError, OSError):
            prompt_cache.drop(
                part
            )  # for example a full disk: the next start reads the prompt again


def _key(files: Iterable[Path | None], prompt: str) -> str:
    """Compute the cache key of a prompt for these model files.

    It hashes both ends of a GGUF file, which identify a model well enough: to hash a gigabyte at
    each start would take as long as the cache saves.
    """
    digest = hashlib.sha256(f"{version('xllamacpp')}\n{prompt}\n".encode())
    for path in filter(None, files):
        with path.open("rb") as file:
            digest.update(file.read(_MIB))
            size = file.seek(0, 2)
            file.seek(max(size - _MIB, 0))
            digest.update(file.read())
        digest.update(str(size).encode())
    return digest.hexdigest()[:32]


def _openai_messages(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    return convert_to_openai_messages(list(messages))


def _body(messages: Sequence[BaseMessage], sampling: Sampling) -> dict[str, object]:
    body: dict[str, object] = {
        "messages": _openai_messages(messages),
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "seed": sampling.seed,
        "stop": list(sampling.stop),
        "cache_prompt": True,
    }
    if sampling.grammar:
        body["grammar"] = sampling.grammar.gbnf
    return body
