"""Agents behind HTTP: Batuta's own API, and chat endpoints as OpenAI defines them.

The key of a server is read from the environment variable BATUTA_EVAL_KEY, so that no log holds it.
"""

from __future__ import annotations

import asyncio
import base64
import mimetypes
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from evals.harness.agent_interface import AgentReply, AgentRequest, AgentTurn
from tools.errors import BatutaError

KEY_VARIABLE = "BATUTA_EVAL_KEY"
TIMEOUT_S = 600.0
POLL_S = 0.25

_FINAL_STATES = ("done", "failed", "stopped", "waiting")
_DATA_IMAGE = re.compile(r"!\[[^\]]*\]\((data:[^)]+)\)")
_SUFFIX_FORMATS = {".wav": "wav", ".mp3": "mp3"}


class EndpointError(BatutaError):
    """An endpoint that did not answer as its API says."""


class ChatAgent:
    """An agent behind `/v1/chat/completions`.

    Images are sent as `image_url`, WAV and MP3 as `input_audio`, other files as `file`. Media are
    read from `image_url` parts, `message.images`, `message.audio`, and images in Markdown.
    """

    def __init__(self, url: str, model: str) -> None:
        self._url = url
        self._model = model

    async def __call__(self, request: AgentRequest) -> AgentReply:
        messages: list[dict[str, Any]] = []
        for turn in request.earlier:
            messages.append(await asyncio.to_thread(_user_message, turn))
            messages.append({"role": "assistant", "content": turn.answer})
        messages.append(await asyncio.to_thread(_user_message, request.turn))
        body = {"messages": messages, **({"model": self._model} if self._model else {})}
        async with _client() as client:
            content = await _request(client, "POST", self._url, json=body)
        try:
            message = content["choices"][0]["message"]
        except (KeyError, IndexError, TypeError) as error:
            raise EndpointError(
                f"{self._url!r} answered without choices[0].message: {str(content)[:200]!r}",
                hint="check that it is a chat endpoint, and the name of its model",
            ) from error
        usage = content.get("usage") or {}
        text, files = read_message(message)
        return AgentReply(
            text=text,
            files=list(files),
            calls=1,
            input_tokens=usage.get("prompt_tokens") or 0,
            output_tokens=usage.get("completion_tokens") or 0,
        )


class BatutaApiAgent:
    """An agent behind Batuta's `POST /v1/runs`; results are fetched as artifacts."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __call__(self, request: AgentRequest) -> AgentReply:
        files = [
            {"name": path.name, "data": base64.b64encode(path.read_bytes()).decode()}
            for path in request.turn.files
        ]
        body = {
            "request": request.turn.request,
            "files": files,
            "conversation": request.conversation,
        }
        async with _client() as client:
            run = await _request(client, "POST", self._url, json=body)
            async with asyncio.timeout(TIMEOUT_S):
                while run["state"] not in _FINAL_STATES:
                    await asyncio.sleep(POLL_S)
                    run = await _request(client, "GET", f"{self._url}/{run['id']}")
            if run["state"] != "done":
                message = (run.get("error") or {}).get("message", "")
                raise EndpointError(
                    f"the run {run['id']!r} ended in the state {run['state']!r}: {message}",
                    hint="only runs in the state 'done' are answers",
                )
            links = [link for result in run["results"] for link in result["artifacts"]]
            contents = [await _fetch(client, urljoin(self._url, link["url"])) for link in links]
        usage = run.get("usage") or {}
        return AgentReply(
            text=run["answer"],
            files=list(contents),
            plan=run.get("plan", ""),
            calls=usage.get("language_model_calls", 0),
            input_tokens=usage.get("input_tokens", 0),
            output_tokens=usage.get("output_tokens", 0),
        )


def read_message(message: dict[str, Any]) -> tuple[str, list[bytes]]:
    """Return the text and the media of an assistant's message."""
    content = message.get("content") or ""
    parts: list[dict[str, Any]] = [] if isinstance(content, str) else content
    text = (
        content
        if isinstance(content, str)
        else "\n".join(part.get("text", "") for part in parts if part.get("type") == "text")
    )
    sources = [part for part in (*parts, *(message.get("images") or [])) if "image_url" in part]
    files = [*map(_decode_data_url, map(_url_of, sources))]
    files += [_decode_data_url(match[1]) for match in _DATA_IMAGE.finditer(text)]
    if audio := message.get("audio"):
        files.append(base64.b64decode(audio["data"]))
        text = text or audio.get("transcript", "")
    return _DATA_IMAGE.sub("", text).strip(), files


def _user_message(turn: AgentTurn) -> dict[str, Any]:
    parts = [{"type": "text", "text": turn.request}, *map(_file_part, turn.files)]
    return {"role": "user", "content": parts if turn.files else turn.request}


def _file_part(path: Path) -> dict[str, Any]:
    encoded = base64.b64encode(path.read_bytes()).decode()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type.startswith("image/"):
        url = f"data:{media_type};base64,{encoded}"
        return {"type": "image_url", "image_url": {"url": url}}
    if audio_format := _SUFFIX_FORMATS.get(path.suffix.lower()):
        return {"type": "input_audio", "input_audio": {"data": encoded, "format": audio_format}}
    content = f"data:{media_type};base64,{encoded}"
    return {"type": "file", "file": {"filename": path.name, "file_data": content}}


def _url_of(part: dict[str, Any]) -> str:
    source = part["image_url"]
    return source if isinstance(source, str) else source["url"]


def _decode_data_url(url: str) -> bytes:
    head, separator, data = url.partition(";base64,")
    if not separator or not head.startswith("data:"):
        raise EndpointError(
            f"the answer links to {url[:80]!r}; only data URIs with base64 are read",
            hint="let the endpoint answer with the media themselves",
        )
    return base64.b64decode(data)


def _client() -> httpx.AsyncClient:
    key = os.environ.get(KEY_VARIABLE, "")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx.AsyncClient(headers=headers, timeout=TIMEOUT_S)


async def _request(client: httpx.AsyncClient, method: str, url: str, **options: Any) -> Any:
    response = await _send(client, method, url, **options)
    try:
        return response.json()
    except ValueError as error:
        raise EndpointError(
            f"{url!r} did not answer with JSON: {response.text[:200]!r}",
            hint="check the address",
        ) from error


async def _fetch(client: httpx.AsyncClient, url: str) -> bytes:
    return (await _send(client, "GET", url)).content


async def _send(client: httpx.AsyncClient, method: str, url: str, **options: Any) -> httpx.Response:
    try:
        response = await client.request(method, url, **options)
    except httpx.HTTPError as error:
        raise EndpointError(
            f"{url!r} did not answer: {error!r}", hint="check that the server runs"
        ) from error
    if response.is_error:
        raise EndpointError(
            f"{url!r} answered with {response.status_code}: {response.text[:300]!r}",
            hint=f"a key is read from the environment variable {KEY_VARIABLE}",
        )
    return response
