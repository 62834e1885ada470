"""Call the replicas of a Ray cluster from the front process, which does not need Ray for that."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from agent.cluster.deployment_plan import (
    DeploymentError,
    DeploymentRequest,
    WorkerRoute,
    plan_deployments,
    routes_of,
)
from agent.cluster.ray_address import RayAddress
from agent.cluster.slot_pool import ReplicaSlot, SlotPool, UnreachableReplicaError, connect
from agent.cluster.worker_messages import (
    REPLY_LINES,
    SLOT_PATH,
    TOKEN_HEADER,
    TOKEN_VARIABLE,
    ErrorLine,
    ProgressLine,
    ResultLine,
    SlotLine,
    WorkerCall,
)
from agent.record.artifacts import ArtifactStore, Encoded
from agent.runtime.session import Session
from agent.runtime.workers import OpenWorkers, Workers
from tools.errors import InputError, SourceError, TransientError, split_hint
from tools.extras import missing_extra
from tools.models.routing import ModelChoice
from tools.sdk.call_context import CallContext, Progress
from tools.sdk.typed_function import TypedFunction

log = logging.getLogger(__name__)

DEPLOY_SECONDS = 600
_CLUSTER_HINT = "see whether the cluster runs with: ray status, and: serve status"


class RayWorkers:
    """Sends calls to the replicas of models; media stay in the artifact store.

    Serve grants slots through its HTTP proxy, and calls go to replicas directly. If replicas cannot
    be reached from here, calls go through the proxy too.
    """

    def __init__(
        self, url: str, routes: Mapping[str, WorkerRoute], store: ArtifactStore, token: str = ""
    ) -> None:
        self.url = url
        self._routes = routes
        self._store = store
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={TOKEN_HEADER: token},
            # A call may be silent for as long as its model takes; the executor limits its time.
            timeout=httpx.Timeout(None, connect=5),
            limits=httpx.Limits(max_connections=None),
            trust_env=False,
        )
        self._pools: dict[str, SlotPool] = {}
        self._calls_are_direct = True

    async def run(
        self,
        tool: TypedFunction[..., Any],
        choice: ModelChoice,
        arguments: Mapping[str, Encoded],
        call: CallContext,
    ) -> Encoded:
        """Run the call on a replica of the model."""
        model = choice.model
        if model not in self._routes:
            raise SourceError(f"the model {model!r} is not deployed on the cluster")
        message = WorkerCall(
            tool=tool.name,
            tool_version=tool.version,
            model_revision=choice.revision,
            arguments=arguments,
        )
        content = message.model_dump_json().encode()
        try:
            if self._calls_are_direct:
                try:
                    return await self._run_directly(model, content, call)
                except UnreachableReplicaError as error:
                    log.warning(
                        "calls go through Serve's proxy, replicas are out of reach: %s", error
                    )
                    self._calls_are_direct = False
            async with self._request(model, self._routes[model].path, content) as lines:
                return await self._result(model, lines, call)
        except (httpx.TransportError, OSError) as error:
            raise TransientError(
                f"the worker of {model!r} at {self.url} was lost: "
                f"{type(error).__name__} {error}".rstrip(),
                hint=_CLUSTER_HINT,
            ) from error

    async def _run_directly(self, model: str, content: bytes, call: CallContext) -> Encoded:
        pool = self._pools.get(model)
        if pool is None:
            request = partial(self._request_slot, model)
            pool = self._pools[model] = SlotPool(request, self._routes[model].calls)
        async with pool.slot() as slot, aclosing(slot.messages(content)) as messages:
            return await self._result(model, messages, call)

    @asynccontextmanager
    async def _request_slot(self, model: str) -> AsyncGenerator[ReplicaSlot]:
        """Ask Serve for a slot; it ends with the block or with Serve's response."""
        async with self._request(model, self._routes[model].path + SLOT_PATH) as lines:
            first_line = await anext(lines, None)
            if first_line is None:
                raise _ended(model)
            try:
                line = SlotLine.model_validate_json(first_line)
            except ValidationError as error:
                raise _unexpected(model, first_line) from error
            slot = await connect(line)
            end_task = asyncio.create_task(_close_at_end(slot, lines))
            try:
                yield slot
            finally:
                slot.close()
                end_task.cancel()
                await asyncio.gather(end_task, return_exceptions=True)

    @asynccontextmanager
    async def _request(
        self, model: str, path: str, content: bytes = b""
    ) -> AsyncGenerator[AsyncGenerator[str]]:
        """Send a request to Serve's proxy and return the lines of the response."""
        async with self._client.stream("POST", path, content=content) as response:
            if not response.is_success:
                text = (await response.aread()).decode(errors="replace")
                raise TransientError(
                    f"the worker of {model!r} answered with {response.status_code}: {text[:300]}",
                    hint=_CLUSTER_HINT,
                )
            async with aclosing(_lines_of(response)) as lines:
                yield lines

    async def _result(
        self, model: str, messages: AsyncIterator[str] | AsyncIterator[bytes], call: CallContext
    ) -> Encoded:
        """Report progress until the result arrives."""
        async for message in messages:
            match _reply(model, message):
                case ProgressLine() as progress:
                    call.report(await self._progress(progress))
                case ResultLine(value=value):
                    return value
                case ErrorLine() as error:
                    raise error.exception()
        raise _ended(model)

    async def _progress(self, line: ProgressLine) -> Progress:
        if not line.preview:
            return Progress(line.fraction, line.message)
        preview: Any = await asyncio.to_thread(self._store.get, line.preview, "image")
        return Progress(line.fraction, line.message, preview)

    async def require_proxy(self) -> None:
        """Raise DeploymentError if the HTTP proxy of the cluster cannot be reached."""
        try:
            response = await self._client.get("/-/healthz", timeout=10)
            problem = "" if response.is_success else f"it answers with {response.status_code}"
        except httpx.TransportError as error:
            problem = f"{type(error).__name__} {error}".rstrip()
        if problem:
            raise DeploymentError(
                f"the HTTP proxy of the cluster at {self.url} cannot be used: {problem}",
                hint="name its port, as in ray://HOST:10001?http_port=8000; a Serve that runs "
                "already keeps the address that it was started with",
            )

    async def close(self) -> None:
        """Close the connections; the deployments stay for other front processes."""
        for pool in self._pools.values():
            await pool.close()
        await self._client.aclose()


def ray_workers(url: str, tool_files: Sequence[Path] = ()) -> OpenWorkers:
    """Return what opens the workers at `ray://auto` or `ray://HOST:PORT`."""
    address = RayAddress.parse(url)
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not (address.is_loopback or token):
        raise InputError(
            f"workers on another machine, {address.host!r}, need a secret that keeps others out",
            hint=f"set {TOKEN_VARIABLE} to a long random text for every front process",
        )
    if find_spec("ray") is None:
        missing = missing_extra(ModuleNotFoundError(name="ray"))
        assert missing
        raise missing

    @asynccontextmanager
    async def open_workers(session: Session) -> AsyncGenerator[Workers]:
        request = plan_deployments(session, tool_files, address)
        await _deploy(request)
        workers = RayWorkers(address.http, routes_of(request), session.store, token)
        try:
            await workers.require_proxy()
            yield workers
        finally:
            await workers.close()

    return open_workers


async def _deploy(request: DeploymentRequest) -> None:
    """Deploy in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "agent.cluster",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEPLOY_SECONDS):
            _, errors = await process.communicate(request.model_dump_json().encode())
    except TimeoutError as error:
        raise DeploymentError(
            f"the models were not deployed within {DEPLOY_SECONDS} seconds",
            hint="see what the cluster waits for with: serve status",
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        message, hint = split_hint(_last_paragraph(errors.decode(errors="replace")))
        raise DeploymentError(message, hint=hint or _CLUSTER_HINT)


def _last_paragraph(text: str) -> str:
    """Return the error at the end of the output, without the log before it."""
    lines = text.strip().splitlines()
    has_hint = bool(lines) and lines[-1].startswith("hint: ")
    return "\n".join(lines[-2:] if has_hint else lines[-1:]) or "the deployment failed"


async def _lines_of(response: httpx.Response) -> AsyncGenerator[str]:
    async for line in response.aiter_lines():
        yield line


async def _close_at_end(slot: ReplicaSlot, lines: AsyncIterator[str]) -> None:
    """Close a slot when Serve ends its request, as when the node is lost."""
    with suppress(httpx.HTTPError):
        async for _ in lines:
            pass
    slot.close()


def _reply(model: str, message: str | bytes) -> ProgressLine | ResultLine | ErrorLine:
    try:
        return REPLY_LINES.validate_json(message)
    except ValidationError as error:
        raise _unexpected(model, message) from error


def _unexpected(model: str, message: str | bytes) -> TransientError:
    text = message if isinstance(message, str) else message.decode(errors="replace")
    return TransientError(
        f"the worker of {model!r} sent {text[:100]!r} instead of a reply", hint=_CLUSTER_HINT
    )


def _ended(model: str) -> TransientError:
    return TransientError(f"the worker of {model!r} ended before its result", hint=_CLUSTER_HINT)
