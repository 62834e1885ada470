"""Call the replicas of a Ray cluster from the front process, which does not need Ray for that."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from agent.cluster.deployment_plan import (
    DeploymentError,
    DeploymentRequest,
    plan_deployments,
    routes_of,
)
from agent.cluster.ray_address import RayAddress
from agent.cluster.worker_messages import (
    REPLY_LINES,
    TOKEN_HEADER,
    TOKEN_VARIABLE,
    ErrorLine,
    ProgressLine,
    ResultLine,
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

DEPLOY_SECONDS = 600
_CLUSTER_HINT = "see whether the cluster runs with: ray status, and: serve status"


class RayWorkers:
    """Sends calls to the deployments of models, by HTTP; media stay in the artifact store."""

    def __init__(
        self, url: str, routes: Mapping[str, str], store: ArtifactStore, token: str = ""
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

    async def run(
        self,
        tool: TypedFunction[..., Any],
        choice: ModelChoice,
        arguments: Mapping[str, Encoded],
        call: CallContext,
    ) -> Encoded:
        """Run the call on a replica of the model."""
        if choice.model not in self._routes:
            raise SourceError(f"the model {choice.model!r} is not deployed on the cluster")
        message = WorkerCall(
            tool=tool.name,
            tool_version=tool.version,
            model_revision=choice.revision,
            arguments=arguments,
        )
        try:
            return await self._send(choice.model, message, call)
        except httpx.TransportError as error:
            raise TransientError(
                f"the worker of {choice.model!r} at {self.url} was lost: "
                f"{type(error).__name__} {error}".rstrip(),
                hint=_CLUSTER_HINT,
            ) from error

    async def _send(self, model: str, message: WorkerCall, call: CallContext) -> Encoded:
        request = self._client.stream(
            "POST", self._routes[model], content=message.model_dump_json().encode()
        )
        async with request as response:
            if not response.is_success:
                text = (await response.aread()).decode(errors="replace")
                raise TransientError(
                    f"the worker of {model!r} answered with {response.status_code}: {text[:300]}",
                    hint=_CLUSTER_HINT,
                )
            async for line in response.aiter_lines():
                match _reply(model, line):
                    case ProgressLine() as progress:
                        call.report(await self._progress(progress))
                    case ResultLine(value=value):
                        return value
                    case ErrorLine() as error:
                        raise error.exception()
        raise TransientError(f"the worker of {model!r} ended before its result", hint=_CLUSTER_HINT)

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
        await self._client.aclose()


def ray_workers(url: str, tool_files: Sequence[Path] = ()) -> OpenWorkers:
    """Return what opens the workers at `ray://auto` or `ray://HOST:PORT`."""
    address = RayAddress.parse(url)
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not (address.is_local or token):
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


def _reply(model: str, line: str) -> ProgressLine | ResultLine | ErrorLine:
    try:
        return REPLY_LINES.validate_json(line)
    except ValidationError as error:
        raise TransientError(
            f"the worker of {model!r} sent {line[:100]!r} instead of a reply", hint=_CLUSTER_HINT
        ) from error
