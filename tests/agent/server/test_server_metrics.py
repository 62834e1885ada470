"""Counts of the server in the text format of Prometheus, and what a key may use."""

import re
from pathlib import Path

import pytest

from agent.server.server_limits import ServerLimits
from tests.agent.server.conftest import Api, base64_of, picture, serve

pytestmark = pytest.mark.slow

LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.]+(e[+-][0-9]+)?')


async def metrics_of(api: Api) -> dict[str, float]:
    response = await api.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not (LINE.fullmatch(line) or "le=" in line)] == []
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


async def test_runs_commands_and_tokens_are_counted(api: Api) -> None:
    await api.run("paint")
    await api.run("paint")
    await api.run("crash")
    metrics = await metrics_of(api)

    assert metrics['batuta_runs_total{state="done"}'] == 2
    assert metrics['batuta_runs_total{state="failed"}'] == 1
    assert metrics['batuta_commands_total{tool="paint",state="done"}'] == 1
    assert metrics['batuta_commands_total{tool="paint",state="cached"}'] == 1
    assert metrics['batuta_commands_total{tool="crash",state="failed"}'] == 1
    assert metrics['batuta_language_model_tokens_total{direction="output"}'] > 0
    assert metrics['batuta_run_seconds_bucket{le="+Inf"}'] == 3
    assert metrics["batuta_run_seconds_count"] == 3


async def test_requests_are_counted_by_route(api: Api) -> None:
    run = await api.run("hello")
    await api.client.get(f"/v1/runs/{run['id']}")
    await api.client.get("/v1/runs/none")
    await api.client.get("/nowhere")
    metrics = await metrics_of(api)

    read = 'batuta_http_requests_total{method="GET",path="/v1/runs/{run}"'
    assert metrics[read + ',status="200"}'] == 2
    assert metrics[read + ',status="404"}'] == 1
    assert metrics['batuta_http_requests_total{method="GET",path="other",status="404"}'] == 1
    assert run["id"] not in str(metrics)


async def test_active_runs_are_shown(api: Api) -> None:
    started = (await api.client.post("/v1/runs", json={"request": "slow"})).json()
    await api.until_working(started["id"])
    metrics = await metrics_of(api)

    assert metrics['batuta_active_runs{state="running"}'] == 1
    await api.client.post(f"/v1/runs/{started['id']}/stop")
    assert (await metrics_of(api))['batuta_runs_total{state="stopped"}'] == 1


async def test_a_key_that_has_used_its_seconds_waits(server_home: Path) -> None:
    async with serve(server_home, ServerLimits(compute_seconds=1)) as api:
        await api.run("count")
        await api.run("count", seed=1)
        await api.run("count", seed=2)
        plan = 'late = echo("long", ms=1000)\nsay("{late}")'
        await api.run("", plan=plan)
        response = await api.client.post("/v1/runs", json={"request": "hello"})

    assert (response.status_code, response.headers["retry-after"]) == (429, "3600")
    assert "1 are allowed" in response.json()["error"]["message"]


async def test_a_key_that_has_stored_its_bytes_sends_no_more_files(server_home: Path) -> None:
    data = picture(size=(90, 90))
    async with serve(server_home, ServerLimits(stored_bytes=len(data))) as api:
        files = [{"data": base64_of(data)}]
        first = await api.client.post("/v1/runs", json={"request": "how red", "files": files})
        second = await api.client.post("/v1/runs", json={"request": "how red", "files": files})

    # The first request stores the file, and the run after it is over the limit.
    assert (first.status_code, second.status_code) == (429, 429)
    assert second.json()["error"]["code"] == "rate_limit_exceeded"
