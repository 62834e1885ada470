"""Call an HTTP service compatible with OpenAI's API, within the limits of its card.

A call can be stopped at any time. 429 and server errors are retried as `Retry-After` says. All that
can go wrong elsewhere is a SourceError, after which the next model of the profile is tried; a
refused request is a ToolError.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from tools.errors import BadArgument, InputError, SourceError, ToolError
from tools.media.base import Media
from tools.media.media_limits import Limits
from tools.media.open_untrusted import open_media
from tools.models.endpoint import Endpoint
from tools.sdk.call_context import check_stop, progress

B = TypeVar("B", bound=BaseModel)
M = TypeVar("M", bound=Media)
R = TypeVar("R")

RETRIES = 3
_CONNECT_SECONDS = 10.0
_CHECK_SECONDS = 0.2
_SHOWN_CHARACTERS = 200
_RETRIED = frozenset({429, 500, 502, 503, 504})
_CHECK_CARD = "check `url` and `model` in the card; `url` usually ends with /v1"


@dataclass(frozen=True)
class Reply:
    """A successful response."""

    content_type: str
    data: bytes


@dataclass(frozen=True)
class FormFile:
    """A file of a multipart form."""

    name: str
    data: bytes
    media_type: str


@dataclass(frozen=True)
class _Response:
    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass(frozen=True)
class _Call:
    method: str
    path: str
    json: Mapping[str, Any] | None = None
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, FormFile] = field(default_factory=dict[str, FormFile])


class EndpointClient:
    """Sends requests to an endpoint, with its key, model and parameters."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._key = _read_key(endpoint)

    def post(self, path: str, schema: type[B], **fields: Any) -> B:
        """Send JSON and return the checked response."""
        return self._parsed(self.post_for_bytes(path, **fields), schema)

    def post_for_bytes(self, path: str, **fields: Any) -> Reply:
        """Send JSON and return the response, whatever it holds."""
        body = {"model": self.endpoint.model, **fields, **self.endpoint.parameters}
        return self._run(_Call("POST", path, json=body))

    def post_form(
        self, path: str, schema: type[B], files: Mapping[str, FormFile], **fields: str
    ) -> B:
        """Send a form with files and return the checked response."""
        parameters = {key: _form_text(value) for key, value in self.endpoint.parameters.items()}
        texts = {"model": self.endpoint.model, **fields, **parameters}
        return self._parsed(self._run(_Call("POST", path, fields=texts, files=files)), schema)

    def get(self, path: str, schema: type[B]) -> B:
        """Fetch JSON and return the checked response."""
        return self._parsed(self._run(_Call("GET", path)), schema)

    def get_bytes(self, path: str) -> Reply:
        """Fetch a file."""
        return self._run(_Call("GET", path))

    def open_as(self, kind: type[M], data: bytes) -> M:
        """Decode the content of a response in another process, as uploads are."""
        host = self.endpoint.host
        limits = Limits(file_bytes=self.endpoint.response_bytes)
        try:
            medium = open_media(data, f"the result of {host}", limits)
        except InputError as error:
            raise SourceError(error.message, hint=_CHECK_CARD) from error
        if not isinstance(medium, kind):
            found_kind = "text" if isinstance(medium, str) else medium.kind
            raise SourceError(f"{host} sent {found_kind} instead of {kind.kind}", hint=_CHECK_CARD)
        return medium

    def fail(self, problem: str) -> NoReturn:
        """Raise the error for a response that does not hold what it should."""
        raise SourceError(
            f"{self.endpoint.host} answered in another form than OpenAI's API: {problem}",
            hint=_CHECK_CARD,
        )

    def _parsed(self, reply: Reply, schema: type[B]) -> B:
        if "json" not in reply.content_type:
            raise SourceError(
                f"{self.endpoint.host} answered with {reply.content_type or 'no content type'!r} "
                f"instead of JSON: {self._excerpt(reply.data)!r}",
                hint=_CHECK_CARD,
            )
        try:
            return schema.model_validate_json(reply.data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the body"
            self.fail(f"{place}: {first['msg']}; it begins with {self._excerpt(reply.data)!r}")

    def _run(self, call: _Call) -> Reply:
        # In the thread of the tool, which has no event loop.
        return asyncio.run(self._send_with_retries(call))

    async def _send_with_retries(self, call: _Call) -> Reply:
        deadline = time.monotonic() + self.endpoint.timeout_s
        attempt = 0
        while True:
            response = await self._stoppable(partial(self._send, call, deadline))
            if response.status < HTTPStatus.MULTIPLE_CHOICES:
                return Reply(response.headers.get("content-type", ""), response.data)
            wait_s = _retry_seconds(response.headers.get("retry-after", ""), attempt)
            is_last = attempt == RETRIES or time.monotonic() + wait_s >= deadline
            if response.status not in _RETRIED or is_last:
                raise self._refusal(response, call)
            attempt += 1
            progress(0, f"{self.endpoint.host} asks to wait for {wait_s:.0f} seconds")
            await self._stoppable(partial(asyncio.sleep, wait_s))

    async def _stoppable(self, start: Callable[[], Awaitable[R]]) -> R:
        """Await a coroutine; stop it when the user stops the run."""
        task = asyncio.ensure_future(start())
        try:
            while not (await asyncio.wait({task}, timeout=_CHECK_SECONDS))[0]:
                check_stop()
            return await task
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _send(self, call: _Call, deadline: float) -> _Response:
        host = self.endpoint.host
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                return await self._exchange(call)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise SourceError(
                f"{host} has not answered within {self.endpoint.timeout_s:g} seconds",
                hint="try again later, or set a larger `timeout_s` in the card",
            ) from error
        except httpx.ConnectError as error:
            raise SourceError(
                f"{host} cannot be reached: {error}",
                hint="check the network and `url` in the card, and whether the server runs",
            ) from error
        except httpx.HTTPError as error:
            raise SourceError(
                f"the connection to {host} failed: {type(error).__name__}: {error}",
                hint="try again later",
            ) from error

    async def _exchange(self, call: _Call) -> _Response:
        headers = {"accept-encoding": "identity"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        timeout = httpx.Timeout(self.endpoint.timeout_s, connect=_CONNECT_SECONDS)
        async with httpx.AsyncClient(timeout=timeout) as client:
            request = client.build_request(
                call.method,
                f"{self.endpoint.url.rstrip('/')}/{call.path}",
                headers=headers,
                json=call.json,
                data=call.fields or None,
                files={
                    name: (file.name, file.data, file.media_type)
                    for name, file in call.files.items()
                }
                or None,
            )
            self._require_size(int(request.headers.get("content-length", 0)))
            response = await client.send(request, stream=True)
            try:
                return _Response(response.status_code, response.headers, await self._read(response))
            finally:
                await response.aclose()

    def _require_size(self, size: int) -> None:
        allowed = self.endpoint.request_bytes
        if size > allowed:
            raise BadArgument(
                f"{size:,} bytes would be sent to {self.endpoint.host}; {allowed:,} are allowed",
                hint="use a smaller picture or a shorter sound",
            )

    async def _read(self, response: httpx.Response) -> bytes:
        data = bytearray()
        async for chunk in response.aiter_bytes():
            data += chunk
            if len(data) > self.endpoint.response_bytes:
                raise SourceError(
                    f"{self.endpoint.host} sends more than {self.endpoint.response_bytes:,} bytes",
                    hint="set a larger `response_bytes` in the card",
                )
        return bytes(data)

    def _refusal(self, response: _Response, call: _Call) -> SourceError | ToolError:
        """Return the error for a response with an error status."""
        endpoint, status = self.endpoint, response.status
        text = f"{endpoint.host} answered {call.path!r} with {status}"
        text = f"{text}: {self._error_text(response)}"
        if status < HTTPStatus.BAD_REQUEST:
            target = response.headers.get("location", "")[:_SHOWN_CHARACTERS]
            return SourceError(
                f"{endpoint.host} redirects to {target!r}, which is not followed",
                hint="set `url` in the card to the address that answers",
            )
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            variable = endpoint.key_variable
            return SourceError(
                text,
                hint=f"set the environment variable {variable} to a valid key"
                if variable
                else "name the environment variable of a key in the card: `key_variable`",
            )
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            return SourceError(text, hint=_CHECK_CARD)
        if status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return SourceError(text, hint="try again later, or use another model")
        return ToolError(text, hint="change the request, or `parameters` in the card")

    def _error_text(self, response: _Response) -> str:
        """Return the message of an error response, as far as it has one."""
        try:
            return self._cleaned(_ErrorBody.model_validate_json(response.data).text)
        except ValidationError:
            return self._excerpt(response.data) or "no text"

    def _excerpt(self, data: bytes) -> str:
        return self._cleaned(data[: 4 * _SHOWN_CHARACTERS].decode(errors="replace"))

    def _cleaned(self, text: str) -> str:
        """Return one line without control characters and without the key."""
        if self._key:
            text = text.replace(self._key, "…")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"


class _ErrorDetail(BaseModel):
    message: str


class _ErrorBody(BaseModel):
    """An error in the forms that compatible servers send."""

    error: _ErrorDetail | str | None = None
    message: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        if isinstance(self.error, _ErrorDetail):
            return self.error.message
        return self.error or self.message or self.detail or "no message"


def _read_key(endpoint: Endpoint) -> str:
    if not endpoint.key_variable:
        return ""
    key = os.environ.get(endpoint.key_variable, "").strip()
    if not key:
        raise SourceError(
            f"{endpoint.host} needs a key, and {endpoint.key_variable} is not set",
            hint=f"set the environment variable {endpoint.key_variable} to the key",
        )
    return key


def _retry_seconds(retry_after: str, attempt: int) -> float:
    """Return how long to wait: as `Retry-After` says, else longer each time."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return float(2**attempt)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _form_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
