"""Run llama.cpp in this process, behind a private Unix socket.

A socket is used instead of the binding's callbacks because closing the connection stops llama.cpp
at once, even while it still reads the prompt. No network port is opened, except on Windows, which
lacks these sockets: there it is a port of this machine alone, with a random key.
"""

from __future__ import annotations

import secrets
import socket
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, Field, ValidationError

from agent.planner.llm.llm_errors import LanguageModelError
from tools.operating_system import HAS_UNIX_SOCKETS, keep_signal_handlers, usable_cores

CONTEXT_TOKENS = 8192
_BATCH_TOKENS = 128
"""Tokens of a batch: 1.5 s on two cores. A stop may have to wait for two batches."""
_RAM_CACHE_MIB = 512
"""For prompts that are not in the single slot, such as the answer's during planning."""
_SILENT = -1


@dataclass(frozen=True)
class CompletionDelta:
    """The next part of an answer, its finish reason or usage."""

    text: str = ""
    finish_reason: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


class _Content(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Content = _Content()
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int


class _Event(BaseModel):
    choices: Sequence[_Choice] = ()
    usage: _Usage | None = None


class _Problem(BaseModel):
    message: str
    type: str = ""


class _Refusal(BaseModel):
    error: _Problem


class _Slot(BaseModel):
    busy: bool = Field(alias="is_processing")


@dataclass(frozen=True)
class Endpoint:
    """Where llama.cpp listens: a path, or a port of this machine with a key."""

    host: str
    port: int = 0
    key: str = ""

    @classmethod
    def loopback(cls) -> Endpoint:
        """Return a free port of this machine with a random key."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return cls("127.0.0.1", probe.getsockname()[1], secrets.token_urlsafe())

    def client(self) -> httpx.AsyncClient:
        """Return a client for one event loop.

        There is no TLS, and loading certificates would take 20 ms; a proxy from the environment
        must not be used.
        """
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=None if self.port else self.host, verify=False),
            base_url=f"http://{self.host}:{self.port}" if self.port else "http://llama",
            headers={"Authorization": f"Bearer {self.key}"} if self.key else {},
            timeout=None,
            trust_env=False,
        )


class LlamaServer:
    """A GGUF file, loaded and ready to answer."""

    def __init__(
        self,
        model: Path,
        *,
        prompt_cache_folder: Path,
        adapter: Path | None = None,
        endpoint: Endpoint | None = None,
    ) -> None:
        import xllamacpp as untyped

        xllamacpp: Any = untyped  # compiled, without stubs

        self._folder = tempfile.TemporaryDirectory(prefix="batuta-")
        self._endpoint = endpoint or (
            Endpoint(f"{self._folder.name}/llama.sock") if HAS_UNIX_SOCKETS else Endpoint.loopback()
        )
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(model)
        if adapter:
            lora = xllamacpp.CommonAdapterLoraInfo()
            lora.path, lora.scale = str(adapter), 1.0
            parameters.lora_adapters = [lora]
        parameters.n_ctx = CONTEXT_TOKENS
        parameters.n_batch = _BATCH_TOKENS
        parameters.n_parallel = 1
        # Use all cores. Alone on two cores, the default model writes 31 tokens a second with two
        # threads and 19 with one; beside a busy program 9 and 20. Mostly nothing else runs while a
        # plan is written. Without polling, a waiting thread leaves its core to others.
        for threads in (parameters.cpuparams, parameters.cpuparams_batch):
            threads.n_threads = usable_cores()
            threads.poll = 0
        parameters.cache_ram_mib = _RAM_CACHE_MIB
        parameters.slot_save_path = f"{prompt_cache_folder}/"
        parameters.hostnames = [self._endpoint.host]
        if self._endpoint.port:
            parameters.port = self._endpoint.port
            parameters.api_keys = [self._endpoint.key]
        parameters.ui = False
        parameters.warmup = False
        parameters.verbosity = _SILENT
        try:
            with keep_signal_handlers():
                self._server = xllamacpp.Server(parameters)
        except RuntimeError as error:
            self._folder.cleanup()
            raise LanguageModelError(
                f"llama.cpp cannot load {model.name!r}"
                + (f" with the adapter {adapter.name!r}" if adapter else ""),
                hint="the file must be a GGUF language model that fits in memory; if it was "
                "downloaded, remove it and pull it again",
            ) from error
        self.model = model
        self.adapter = adapter

    def close(self) -> None:
        """Unload the model."""
        del self._server
        self._folder.cleanup()

    async def stream(self, body: Mapping[str, object]) -> AsyncGenerator[CompletionDelta]:
        """Stream the answer to a chat completion request."""
        # llama.cpp notices a closed connection when it writes: so let it report reading progress.
        options = {
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
        }
        async with (
            self._client() as client,
            client.stream("POST", "/v1/chat/completions", json={**body, **options}) as response,
        ):
            if response.is_error:
                raise _refusal_error(await response.aread())
            async for line in response.aiter_lines():
                # Lines that begin with a colon are keep-alive comments.
                text = "" if line.startswith(":") else line.removeprefix("data: ")
                if text and text != "[DONE]":
                    yield _delta(text)

    async def read(self, body: Mapping[str, object]) -> None:
        """Read a request's messages, so that later ones with them are faster."""
        async with aclosing(self.stream({**body, "max_tokens": 1})) as stream:
            async for _ in stream:
                pass

    async def save(self, file: str) -> None:
        """Save the last prompt's key-value cache to a file."""
        await self._post("/slots/0?action=save", {"filename": file})

    async def restore(self, file: str) -> None:
        """Restore a key-value cache; a damaged file aborts the process."""
        await self._post("/slots/0?action=restore", {"filename": file})

    async def busy(self) -> bool:
        """Return whether a prompt is being read or an answer written."""
        async with self._client() as client:
            response = await client.get("/slots")
        return any(_Slot.model_validate(slot).busy for slot in response.json())

    async def _post(self, path: str, body: Mapping[str, object]) -> None:
        async with self._client() as client:
            response = await client.post(path, json=body)
        if response.is_error:
            raise _refusal_error(response.content)

    def _client(self) -> httpx.AsyncClient:
        # A client belongs to one event loop and this object to none, so each call has its own.
        return self._endpoint.client()


def _delta(text: str) -> CompletionDelta:
    try:
        event = _Event.model_validate_json(text)
    except ValidationError as error:
        raise _refusal_error(text.removeprefix("error: ").encode()) from error
    content = "".join(choice.delta.content or "" for choice in event.choices)
    reasons = [choice.finish_reason for choice in event.choices if choice.finish_reason]
    return CompletionDelta(
        content,
        reasons[-1] if reasons else "",
        event.usage.prompt_tokens if event.usage else 0,
        event.usage.completion_tokens if event.usage else 0,
    )


def _refusal_error(answer: bytes) -> LanguageModelError:
    try:
        problem = _Refusal.model_validate_json(answer).error
    except ValidationError:
        problem = _Problem(message=answer.decode(errors="replace")[:200])
    too_long = problem.type == "exceed_context_size_error"
    return LanguageModelError(
        f"llama.cpp refused the request: {problem.message}",
        hint="shorten the request or start a new conversation" if too_long else "",
    )
