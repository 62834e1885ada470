"""The deployments of Ray Serve: one application for each model of a profile.

Only the process that deploys and the replicas import Ray. The front process calls replicas through
Serve's HTTP proxy, so a cluster that is gone is an error of a call there, not the end of a process.
"""

# Ray is an extra that `make setup` does not install.
# pyright: reportMissingImports=false

from __future__ import annotations

import hmac
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.cluster.deployment_plan import (
    DeploymentError,
    DeploymentRequest,
    ModelDeployment,
)
from agent.cluster.item_batcher import ItemBatcher
from agent.cluster.model_worker import ModelWorker
from agent.cluster.slot_listener import SlotListener
from agent.cluster.worker_messages import (
    SLOT_PATH,
    TOKEN_HEADER,
    ErrorLine,
    ProgressLine,
    ResultLine,
    WorkerCall,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


_JSON_LINES = "application/x-ndjson"
_NO_ACCESS_LOG = {"enable_access_log": False}
"""A line in a file for each call takes longer than all else that a replica does for it."""


class ModelReplica:
    """One replica of a model's deployment."""

    def __init__(self, request: DeploymentRequest, deployment: ModelDeployment, token: str) -> None:
        from ray.util import get_node_ip_address

        self._token = token
        self._slots = SlotListener(get_node_ip_address(), self._run)
        self._stays_loaded = request.min_replicas > 0
        self._worker = ModelWorker(
            request.settings, deployment.model, threads=deployment.calls_at_once
        )

        self._batcher = ItemBatcher(self._worker.run_batch, request.batch, request.wait_ms / 1000)

    async def __call__(self, request: Request) -> Response:
        """Grant a slot or run one call; the response has a line for each message."""
        from starlette.responses import PlainTextResponse, StreamingResponse

        token = request.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return PlainTextResponse("the token is wrong", 403)
        if request.url.path.endswith(SLOT_PATH):
            return StreamingResponse(self._slots.grant(), media_type=_JSON_LINES)
        try:
            call = WorkerCall.model_validate_json(await request.body())
        except ValidationError as error:
            return PlainTextResponse(str(error), 422)
        return StreamingResponse(self._lines(call), media_type=_JSON_LINES)

    async def _lines(self, call: WorkerCall) -> AsyncGenerator[str]:
        async for line in self._run(call):
            yield line.model_dump_json() + "\n"

    def _run(self, call: WorkerCall) -> AsyncGenerator[ProgressLine | ResultLine | ErrorLine]:
        return self._worker.run(call, self._batcher.collect)

    async def check_health(self) -> None:
        """Replace the replica if this raises; load the model ahead if it is to stay loaded."""
        self._worker.check_health()
        if self._stays_loaded:
            self._stays_loaded = False
            self._worker.preload()


def deploy(request: DeploymentRequest, token: str) -> None:
    """Deploy the models that the cluster does not serve yet, and wait until it does."""
    import ray
    from ray import serve
    from ray.serve.config import HTTPOptions

    try:
        ray.init(request.ray_address, log_to_driver=False, logging_level="warning")
    except (ConnectionError, RuntimeError) as error:
        raise DeploymentError(
            f"there is no Ray cluster at {request.ray_address!r}: {error}",
            hint="start one with: ray start --head",
        ) from error
    serve.start(
        http_options=HTTPOptions(host=request.http_host, port=request.http_port),
        logging_config=_NO_ACCESS_LOG,
    )
    applications = serve.status().applications
    targets = [
        serve.RunTarget(
            _application(request, item, token), name=item.application, route_prefix=item.route
        )
        for item in request.deployments
        if item.application not in applications
    ]
    if targets:
        try:
            serve.run_many(targets)
        except RuntimeError as error:
            raise DeploymentError(
                f"the models could not be deployed: {error}",
                hint="see what failed with: serve status",
            ) from error


def _application(request: DeploymentRequest, item: ModelDeployment, token: str) -> Any:
    from ray import serve

    deployment: Any = serve.deployment(
        ModelReplica,
        name=item.model.replace("/", "-"),
        ray_actor_options={"num_cpus": request.cpus, "num_gpus": item.gpus},
        max_ongoing_requests=item.calls_at_once,
        autoscaling_config={
            "min_replicas": request.min_replicas,
            "initial_replicas": request.min_replicas,
            "max_replicas": request.max_replicas,
            # A second replica starts while the first still has room, as loading takes seconds.
            "target_ongoing_requests": item.calls_at_once / 2,
            "upscale_delay_s": 1,
            "downscale_delay_s": request.idle_seconds,
        },
        health_check_period_s=5,
        logging_config=_NO_ACCESS_LOG,
        graceful_shutdown_timeout_s=30,
    )
    return deployment.bind(request, item, token)
