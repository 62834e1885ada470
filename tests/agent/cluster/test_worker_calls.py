"""Calls between a front process and a worker over HTTP, without a cluster."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import PIL.Image
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from agent.cluster.batched_model import BatchItems, BatchRows
from agent.cluster.deployment_plan import DeploymentError, WorkerRoute, WorkerSettings
from agent.cluster.model_worker import ModelWorker
from agent.cluster.ray_workers import RayWorkers, ray_workers
from agent.cluster.slot_listener import SlotListener
from agent.cluster.slot_pool import ReplicaSlot, connect
from agent.cluster.worker_messages import ErrorLine, ResultLine, SlotLine, WorkerCall
from agent.record.artifacts import ArtifactStore
from agent.runtime.agent_runtime import Settings
from agent.runtime.session import Session
from tests.tools.adapters.endpoint.http_service import Written, http_service
from tools import Image
from tools.errors import BadArgument, InputError, OutOfMemory, ToolError, TransientError
from tools.models.routing import ModelChoice
from tools.sdk.call_context import CallContext, Progress
from tools.sdk.typed_function import TypedFunction

SLEEPER = "nap/sleeper"


@asynccontextmanager
async def worker_of(
    settings: Settings,
    model: str = SLEEPER,
    requests: list[str] | None = None,
    replica: str = "127.0.0.1",
    capacity: int = 4,
) -> AsyncGenerator[RayWorkers]:
    """Serve one worker on a free port, as a replica does, and open the client of it.

    `requests` are the paths of the requests to what stands for Serve's proxy. Of the addresses that
    a `replica` may have, only loopback can be reached.
    """
    paths = [] if requests is None else requests
    artifacts = str(settings.home / "artifacts")
    worker = ModelWorker(
        WorkerSettings(
            profile=settings.profile, tool_files=settings.tool_files, artifacts=artifacts
        ),
        model,
        threads=4,
    )

    async def collect(items: BatchItems) -> BatchRows:
        (rows,) = await worker.run_batch([items])
        return rows

    listener = SlotListener("127.0.0.1", lambda call: worker.run(call, collect))

    async def answer(request: Request) -> StreamingResponse:
        paths.append(request.url.path)
        call = WorkerCall.model_validate_json(await request.body())

        async def lines() -> AsyncGenerator[str]:
            async for line in worker.run(call, collect):
                yield line.model_dump_json() + "\n"

        return StreamingResponse(lines())

    async def grant(request: Request) -> StreamingResponse:
        paths.append(request.url.path)

        async def lines() -> AsyncGenerator[str]:
            async for line in listener.grant():
                yield line.replace("127.0.0.1", replica)

        return StreamingResponse(lines())

    app = Starlette(
        routes=[
            Route("/model", answer, methods=["POST"]),
            Route("/model/slot", grant, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    route = WorkerRoute("/model", capacity)
    workers = RayWorkers(f"http://127.0.0.1:{port}", {model: route}, ArtifactStore(artifacts))
    try:
        yield workers
    finally:
        await workers.close()
        await listener.aclose()
        server.should_exit = True
        await task


async def call(
    workers: RayWorkers,
    settings: Settings,
    tool: str,
    model: str = SLEEPER,
    context: CallContext | None = None,
    **arguments: object,
) -> object:
    session = Session.load(settings.profile, settings.tool_files, home=settings.home)
    card = session.profile.card(model)
    choice = ModelChoice(model, card.revision, card=card)
    return await workers.run(session.registry[tool], choice, arguments, context or CallContext())  # type: ignore[arg-type]


async def test_a_worker_returns_results_that_json_has_no_form_for(
    worker_settings: Settings,
) -> None:
    async with worker_of(worker_settings) as workers:
        assert await call(workers, worker_settings, "infinite") == [math.inf, 0.1]
        assert await call(workers, worker_settings, "nap", text="a\nb", ms=1) == "a\nb"


async def test_a_worker_reports_the_errors_of_its_tools(worker_settings: Settings) -> None:
    async with worker_of(worker_settings) as workers:
        with pytest.raises(BadArgument) as bad:
            await call(workers, worker_settings, "refuse_here", text="x")
        with pytest.raises(ToolError, match="ZeroDivisionError: no luck"):
            await call(workers, worker_settings, "crash_here")

    assert (bad.value.message, bad.value.hint) == ("'x' is not a good text", "try another")


async def test_a_model_that_cannot_be_loaded_fails_the_call(worker_settings: Settings) -> None:
    async with worker_of(worker_settings, "lift/broken") as workers:
        for _ in range(2):
            with pytest.raises(OutOfMemory, match="there are no 4 GB left"):
                await call(workers, worker_settings, "lift", "lift/broken")


async def test_a_batched_method_is_called_through_the_batch(worker_settings: Settings) -> None:
    async with worker_of(worker_settings, "square/squares") as workers:
        squares = await asyncio.gather(
            *(
                call(workers, worker_settings, "square", "square/squares", number=number)
                for number in range(4)
            )
        )

    assert squares == [0, 1, 4, 9]


async def test_a_cancelled_call_stops_its_tool(worker_settings: Settings) -> None:
    log = worker_settings.home / "log"
    async with worker_of(worker_settings) as workers:
        task = asyncio.create_task(call(workers, worker_settings, "nap", text="long", ms=60_000))
        while not (log.exists() and "begin long" in log.read_text()):
            await asyncio.sleep(0.02)
        task.cancel()
        async with asyncio.timeout(10):
            assert await call(workers, worker_settings, "nap", text="next", ms=1) == "next"

    assert "end long" not in log.read_text()


async def test_calls_one_after_another_ask_serve_once(worker_settings: Settings) -> None:
    requests: list[str] = []
    async with worker_of(worker_settings, requests=requests) as workers:
        texts = [await call(workers, worker_settings, "nap", text=str(n), ms=1) for n in range(5)]

    assert texts == ["0", "1", "2", "3", "4"]
    assert requests == ["/model/slot"]


async def test_calls_at_once_have_as_many_slots_as_the_replicas(worker_settings: Settings) -> None:
    requests: list[str] = []
    async with worker_of(worker_settings, requests=requests, capacity=3) as workers:
        texts = await asyncio.gather(
            *(call(workers, worker_settings, "nap", text=str(n), ms=1) for n in range(20))
        )

    assert texts == [str(n) for n in range(20)]
    assert requests == ["/model/slot"] * 3


async def test_an_unused_slot_is_given_back(
    worker_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.cluster.slot_pool.IDLE_SECONDS", 0.05)
    requests: list[str] = []
    async with worker_of(worker_settings, requests=requests) as workers:
        await call(workers, worker_settings, "nap", text="first", ms=1)
        await asyncio.sleep(0.3)
        await call(workers, worker_settings, "nap", text="second", ms=1)

    assert requests == ["/model/slot"] * 2


async def test_a_slot_in_use_is_given_back_in_the_end(
    worker_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.cluster.slot_pool.MAX_AGE_SECONDS", -1)
    requests: list[str] = []
    async with worker_of(worker_settings, requests=requests, capacity=1) as workers:
        await asyncio.gather(
            *(call(workers, worker_settings, "nap", text=str(n), ms=1) for n in range(3))
        )

    assert requests == ["/model/slot"] * 3


async def test_a_replica_out_of_reach_is_called_through_the_proxy(
    worker_settings: Settings,
) -> None:
    requests: list[str] = []
    async with worker_of(worker_settings, requests=requests, replica="127.0.0.256") as workers:
        for text in ("first", "second"):
            assert await call(workers, worker_settings, "nap", text=text, ms=1) == text

    assert requests == ["/model/slot", "/model", "/model"]


async def test_a_connection_without_the_secret_of_a_slot_is_closed() -> None:
    async def run(call: WorkerCall) -> AsyncGenerator[ResultLine]:
        yield ResultLine(value="secret")

    async with (
        aclosing(SlotListener("127.0.0.1", run)) as listener,
        aclosing(listener.grant()) as lines,
    ):
        line = SlotLine.model_validate_json(await anext(lines))
        thief = await connect(line.model_copy(update={"secret": "guess"}))
        message = WorkerCall(tool="a", tool_version="", model_revision="", arguments={})
        stolen = [text async for text in thief.messages(message.model_dump_json().encode())]
        owner = await connect(line)
        replies = [text async for text in _first_message(owner, message)]
        owner.close()
        thief.close()

    assert stolen == []
    assert replies == [b'{"type":"result","value":"secret"}']


async def test_a_call_that_no_worker_can_read_is_an_error() -> None:
    async def run(call: WorkerCall) -> AsyncGenerator[ResultLine]:
        yield ResultLine(value="never")

    async with (
        aclosing(SlotListener("127.0.0.1", run)) as listener,
        aclosing(listener.grant()) as lines,
    ):
        slot = await connect(SlotLine.model_validate_json(await anext(lines)))
        async for message in slot.messages(b"nonsense"):
            line = ErrorLine.model_validate_json(message)
            break
        slot.close()

    assert "the worker cannot read the call" in line.message


async def test_a_worker_with_another_version_of_a_tool_refuses_it(
    worker_settings: Settings,
) -> None:
    session = Session.load("workers", worker_settings.tool_files, home=worker_settings.home)
    card = session.profile.card(SLEEPER)

    def nap(text: str, ms: int) -> str:
        return text

    async with worker_of(worker_settings) as workers:
        with pytest.raises(ToolError, match="another version of 'nap'") as error:
            await workers.run(
                TypedFunction(nap),
                ModelChoice(SLEEPER, card.revision, card=card),
                {"text": "a", "ms": 1},
                CallContext(),
            )
    assert "the same Batuta, tools and cards on every node" in error.value.hint


async def test_progress_is_reported_before_the_result(worker_settings: Settings) -> None:
    reports: list[Progress] = []
    async with worker_of(worker_settings) as workers:
        store = ArtifactStore(str(worker_settings.home / "artifacts"))
        image = store.encode(_grey_image())
        context = CallContext(reports.append)
        await call(workers, worker_settings, "noise", context=context, image=image, seed=3)

    assert [(report.fraction, report.message) for report in reports] == [(0.5, "half")]
    assert reports[0].preview
    assert reports[0].preview.size == (8, 8)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (Written(b"<html>busy</html>", 503), "answered with 503: <html>busy</html>"),
        (Written(b"<html>hello</html>"), "sent '<html>hello</html>' instead of a reply"),
        (Written(b""), "ended before its result"),
    ],
)
async def test_what_is_no_worker_is_an_error_that_may_pass(
    worker_settings: Settings, response: Written, message: str
) -> None:
    with http_service() as service:
        service.respond(response)
        workers = RayWorkers(
            service.url, {SLEEPER: WorkerRoute("/model")}, ArtifactStore("memory://x")
        )
        with pytest.raises(TransientError) as error:
            await call(workers, worker_settings, "nap", text="a", ms=1)
        await workers.close()

    assert message in error.value.message
    assert "ray status" in error.value.hint


async def test_a_cluster_that_is_gone_is_an_error_that_may_pass(worker_settings: Settings) -> None:
    workers = RayWorkers(
        "http://127.0.0.1:9", {SLEEPER: WorkerRoute("/model")}, ArtifactStore("memory://x")
    )

    with pytest.raises(TransientError, match=r"the worker of 'nap/sleeper' at .* was lost"):
        await call(workers, worker_settings, "nap", text="a", ms=1)
    await workers.close()


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (Written(b"<html>busy</html>", 503), "it answers with 503"),
        (None, "ConnectError"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_an_error_at_the_start(
    response: Written | None, message: str
) -> None:
    with http_service() as service:
        if response:
            service.respond(response)
        url = service.url if response else "http://127.0.0.1:9"
        workers = RayWorkers(url, {}, ArtifactStore("memory://x"))
        with pytest.raises(DeploymentError) as error:
            await workers.require_proxy()
        await workers.close()

    assert f"the HTTP proxy of the cluster at {url} cannot be used" in error.value.message
    assert message in error.value.message
    assert "name its port" in error.value.hint


def test_workers_of_another_machine_need_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATUTA_WORKER_TOKEN", raising=False)

    with pytest.raises(InputError, match=r"'head\.example', need a secret") as error:
        ray_workers("ray://head.example:10001")
    assert "BATUTA_WORKER_TOKEN" in error.value.hint


async def _first_message(slot: ReplicaSlot, call: WorkerCall) -> AsyncGenerator[bytes]:
    async for message in slot.messages(call.model_dump_json().encode()):
        yield message
        return


def _grey_image() -> Image:
    return Image(PIL.Image.new("RGB", (8, 8), (128, 128, 128)))
