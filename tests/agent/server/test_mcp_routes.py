"""POST /mcp: the SDK's streamable HTTP client against a server on loopback."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import numpy as np
import PIL.Image
import pytest
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from agent.mcp.remote_tools import RemoteTools
from agent.server.access.api_keys import add_key, create_key, read_keys
from tests.agent.mcp.conftest import call, text_of
from tests.agent.server.conftest import REPLIES, Api, base64_of, data_uri, picture, serve

pytestmark = pytest.mark.slow

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
PLANS = f"""{REPLIES}---
when: wait
late = wait_at("gate")
say("{{late}}")
"""
LEGACY_HEADERS = {
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2025-11-25",
}


@pytest.fixture
async def api(server_home: Path) -> AsyncGenerator[Api]:
    async with serve(server_home, plans=PLANS) as api:
        yield api


@pytest.fixture
def tokens(server_home: Path) -> dict[str, str]:
    return {name: add_key(server_home / "keys", name) for name in ("ann", "bob")}


@pytest.fixture
async def locked(server_home: Path, tokens: dict[str, str]) -> AsyncGenerator[Api]:
    async with serve(server_home, keys=read_keys(None), plans=PLANS) as api:
        yield api


@asynccontextmanager
async def connect(api: Api, token: str = "", mode: str = "auto") -> AsyncGenerator[Client]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(f"{api.url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


async def until_begun(api: Api) -> None:
    async with asyncio.timeout(20):
        while api.log() != ["begin gate"]:
            await asyncio.sleep(0.01)


async def until_stopped(api: Api) -> None:
    async with asyncio.timeout(20):
        while [run["state"] for run in await runs_of(api)] != ["stopped"]:
            await asyncio.sleep(0.02)


async def runs_of(api: Api, token: str = "") -> list[dict[str, Any]]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return (await api.client.get("/v1/runs", headers=headers)).json()["data"]


@MODES
async def test_a_client_lists_tools_and_calls_one_with_an_image_in_and_out(
    api: Api, mode: str
) -> None:
    async with connect(api, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        result = await call(client, "grayscale", image=data_uri(picture(200)))

    assert {"run_request", "run_plan", "decide_run", "grayscale"} <= tools.keys()
    assert tools["redness"].input_schema["required"] == ["image", "ms"]
    image = next(block for block in result.content if block.type == "image")
    grey = PIL.Image.open(io.BytesIO(base64.b64decode(image.data))).convert("RGB")
    red, green, blue = np.asarray(grey)[0, 0]
    assert red == green == blue > 0


async def test_results_are_resources_and_arguments_in_later_requests(api: Api) -> None:
    async with connect(api) as client:
        painted = await call(client, "paint", number=150, ms=1)
    uri = painted.structured_content["result"]["uri"]
    async with connect(api) as client:
        value = await call(client, "redness", image=uri, ms=1)
        listed = await client.list_resources()
        content = (await client.read_resource(uri)).contents[0]

    assert value.structured_content["result"] == 150
    assert [resource.uri for resource in listed.resources] == [uri]
    assert isinstance(content, types.BlobResourceContents)
    assert base64.b64decode(content.blob).startswith(b"\x89PNG")


async def test_what_the_api_made_and_received_is_a_resource_and_an_argument(api: Api) -> None:
    files = [{"data": base64_of(picture(7))}]
    run = await api.run("paint", files=files)
    digests = [run[field][0]["artifacts"][0]["digest"] for field in ("results", "files")]

    async with connect(api) as client:
        values = [
            await call(client, "redness", image=f"batuta://artifacts/{digest}", ms=1)
            for digest in digests
        ]

    assert [value.structured_content["result"] for value in values] == [200, 7]


async def test_a_request_reports_progress_and_continues_its_conversation(api: Api) -> None:
    reports: list[tuple[float, str | None]] = []

    async def observe(progress: float, total: float | None, message: str | None) -> None:
        reports.append((progress, message))

    async with connect(api) as client:
        await client.call_tool("run_request", {"request": "count"}, progress_callback=observe)
        first = await call(client, "run_request", request="paint")
        conversation = first.structured_content["conversation"]
        second = await call(client, "run_request", request="again", conversation=conversation)

    values = [value for value, _ in reports]
    assert values == sorted(set(values))
    assert "step 0" in [text for _, text in reports]
    assert text_of(second) == "It was 200."
    assert second.structured_content["conversation"] == conversation
    assert len(await runs_of(api)) == 3


@MODES
async def test_cancelling_a_call_or_leaving_stops_its_run(api: Api, mode: str) -> None:
    async with connect(api, mode=mode) as client:
        task = asyncio.create_task(client.call_tool("run_request", {"request": "wait"}))
        await until_begun(api)
        task.cancel()
        await asyncio.wait({task})
        if mode == "auto":
            await until_stopped(api)
    # A client of an earlier version cannot cancel without a session; it closes the connection.
    await until_stopped(api)
    async with connect(api, mode=mode) as client:
        assert text_of(await call(client, "run_request", request="hello")) == "Hello!"


async def test_a_client_of_an_earlier_version_that_disconnects_stops_its_run(api: Api) -> None:
    body = message("tools/call", name="run_request", arguments={"request": "wait"})
    async with (
        httpx.AsyncClient() as http,
        http.stream("POST", f"{api.url}/mcp", json=body, headers=LEGACY_HEADERS) as response,
    ):
        assert response.status_code == 200
        await until_begun(api)

    await until_stopped(api)


async def test_a_plan_waits_for_the_decision_of_the_same_key(
    locked: Api, tokens: dict[str, str]
) -> None:
    async with connect(locked, tokens["ann"]) as ann, connect(locked, tokens["bob"]) as bob:
        waiting = await call(ann, "run_request", request="paint", ask_first=True)
        run = waiting.structured_content["run"]
        stolen = await call(bob, "decide_run", run=run, decision="approve")
        done = await call(ann, "decide_run", run=run, decision="approve")
        again = await call(ann, "decide_run", run=run, decision="approve")

    assert waiting.structured_content["state"] == "waiting"
    assert f"there is no run {run!r}" in text_of(stolen)
    assert done.structured_content["state"] == "done"
    client_records = locked.service.clients.get("key ann")
    assert done.structured_content["conversation"] == client_records.conversation_of(run)
    assert "does not wait for a decision" in text_of(again)


async def test_a_wrong_key_is_refused(locked: Api) -> None:
    for headers in ({}, {"authorization": f"Bearer {create_key('ann').token}"}):
        response = await locked.client.post("/mcp", json=message("tools/list"), headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "invalid_api_key"
    with pytest.raises(BaseExceptionGroup):
        async with connect(locked, "batuta_x"):
            pass


async def test_a_key_reads_nothing_of_another_key(locked: Api, tokens: dict[str, str]) -> None:
    async with connect(locked, tokens["ann"]) as ann, connect(locked, tokens["bob"]) as bob:
        painted = await call(ann, "run_request", request="paint", conversation="ours")
        [uri] = [resource.uri for resource in (await ann.list_resources()).resources]
        as_argument = await call(bob, "redness", image=uri, ms=1)
        as_file = await call(bob, "run_request", request="how red", files=[uri])
        again = await call(bob, "run_request", request="again", conversation="ours")
        with pytest.raises(MCPError, match="there is no artifact"):
            await bob.read_resource(uri)
        listed = (await bob.list_resources()).resources

    assert painted.structured_content["conversation"] == "ours"
    assert "there is no artifact" in text_of(as_argument)
    assert "there is no artifact" in text_of(as_file)
    assert again.is_error
    assert listed == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not JSON", 400),
        (b"[1, 2]", 400),
        (b'{"jsonrpc": "2.0", "id": 1}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
    ],
)
@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28", "x"])
async def test_garbage_is_refused_and_harms_nobody(
    api: Api, body: bytes, status: int, version: str
) -> None:
    headers = LEGACY_HEADERS | {
        "content-type": "application/json",
        "mcp-protocol-version": version,
    }
    response = await api.client.post("/mcp", content=body, headers=headers)
    async with connect(api) as client:
        answer = await call(client, "run_request", request="hello")

    assert response.status_code == status
    assert "error" in response.json()
    assert text_of(answer) == "Hello!"


async def test_another_content_type_is_refused_in_the_form_of_all_errors(api: Api) -> None:
    response = await api.client.post("/mcp", content=b"{}", headers={"content-type": "text/plain"})

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (415, "unsupported_media_type")
    assert "'text/plain' is not supported" in error["message"]


async def test_a_large_body_is_refused(small_api: Api) -> None:
    body = message("tools/call", name="redness", arguments={"image": "x" * 500_000, "ms": 1})
    response = await small_api.client.post("/mcp", json=body, headers=LEGACY_HEADERS)

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "body_too_large"


async def test_a_body_that_pauses_is_refused(small_api: Api) -> None:
    host, port = small_api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /mcp HTTP/1.1\r\nhost: localhost\r\naccept: {LEGACY_HEADERS['accept']}\r\n"
    head += "content-type: application/json\r\ncontent-length: 100\r\n\r\n"
    writer.write(f"{head}{{".encode())

    response = (await reader.read()).decode()
    writer.close()

    assert response.startswith("HTTP/1.1 408")


async def test_the_limits_of_the_api_hold(small_api: Api) -> None:
    large, four = picture(size=(200, 200)), [data_uri(picture(red)) for red in range(4)]
    async with connect(small_api) as client:
        too_large = await call(client, "redness", image=data_uri(large), ms=1)
        too_many = await call(client, "combine", images=four)
        too_long = await call(client, "run_request", request="x" * 5_000)
        path = await call(client, "redness", image="/etc/passwd", ms=1)
        address = await call(client, "redness", image="http://127.0.0.1/a.png", ms=1)
        busy = [asyncio.create_task(call(client, "echo", text=str(n), ms=60_000)) for n in range(3)]
        async with asyncio.timeout(20):
            while len(small_api.log()) < 3:
                await asyncio.sleep(0.02)
        one_more = await call(client, "run_request", request="hello")
        for task in busy:
            task.cancel()
        await asyncio.wait(busy)

    assert "pixels" in text_of(too_large)
    assert "3 are allowed in one call" in text_of(too_many)
    assert "5,000 characters" in text_of(too_long)
    assert "this server opens no path" in text_of(path)
    assert "none is opened" in text_of(address)
    assert "3 runs of this key are running or queued; 3 are allowed" in text_of(one_more)
    assert "hint: " in text_of(one_more)


async def test_pages_of_other_sites_and_other_methods_are_refused(api: Api) -> None:
    origin = {"origin": "http://evil.example"}
    page = await api.client.post("/mcp", json=message("tools/list"), headers=origin)
    read = await api.client.get("/mcp", headers={"accept": "text/event-stream"})

    assert page.status_code == 403
    assert read.status_code == 405


async def test_without_the_extra_the_route_says_how_to_get_it(
    server_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "agent.mcp.http_transport", raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "mcp"]:
        monkeypatch.setitem(sys.modules, name, None)
    async with serve(server_home) as api:
        response = await api.client.post("/mcp", json=message("tools/list"))
        document = (await api.client.get("/openapi.json")).json()

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "mcp_not_installed"
    assert response.json()["error"]["hint"] == "pip install 'batuta[mcp]'"
    assert "/mcp" not in document["paths"]


async def test_another_batuta_calls_the_tools_with_the_headers_of_its_file(
    locked: Api, tokens: dict[str, str], tmp_path: Path
) -> None:
    servers = tmp_path / "servers.json"
    entry = {"url": f"{locked.url}/mcp", "trusted": True}
    key = {"Authorization": f"Bearer {tokens['ann']}"}
    content = {"mcpServers": {"far": entry | {"headers": key}, "locked": entry}}
    servers.write_text(json.dumps(content))

    remote = await asyncio.to_thread(RemoteTools.load, servers)
    tools = {tool.name: tool for tool in remote.tools}
    try:
        text = await asyncio.to_thread(tools["far_echo"], text="hello", ms=1)
    finally:
        await asyncio.to_thread(remote.close)

    assert text == "hello"
    assert any("'locked' cannot be reached" in problem for problem in remote.problems)
    assert [run["request"] for run in await runs_of(locked, tokens["ann"])] == ["echo"]
