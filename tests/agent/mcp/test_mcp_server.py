"""Batuta as an MCP server, through the SDK's in-memory client."""

from __future__ import annotations

import asyncio
import base64
import io
from pathlib import Path
from typing import Any

import jsonschema
import PIL.Image
import pytest
from mcp import types
from mcp.shared.exceptions import MCPError

from agent.runtime.agent_runtime import AgentRuntime
from tests.agent.mcp.conftest import McpHome, call, client_of, picture, text_of


def data_uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


async def test_tools_have_schemas_from_their_signatures(agent: AgentRuntime) -> None:
    async with client_of(agent) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    schema = tools["redness"].input_schema
    optional = tools["run_request"].input_schema["properties"]["files"]
    assert schema["required"] == ["image", "ms"]
    assert (optional["nullable"], "nullable" in schema["properties"]["image"]) == (True, False)
    assert schema["properties"]["ms"] == {"type": "integer"}
    assert schema["properties"]["image"]["type"] == "string"
    assert "seed" not in tools["redness"].input_schema["properties"]
    assert "seed" in tools["draw_lots"].input_schema["properties"]
    assert {"run_request", "run_plan", "decide_run", "grayscale", "describe"} <= tools.keys()
    for tool in tools.values():
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        assert tool.description


async def test_an_image_comes_back_as_content_and_as_a_link(agent: AgentRuntime) -> None:
    async with client_of(agent) as client:
        result = await call(client, "paint", number=200, ms=1)

    image = next(block for block in result.content if block.type == "image")
    assert PIL.Image.open(io.BytesIO(base64.b64decode(image.data))).getpixel((0, 0)) == (200, 0, 0)
    link = next(block for block in result.content if block.type == "resource_link")
    assert link.uri == result.structured_content["result"]["uri"]
    assert (link.mime_type, result.structured_content["result"]["kind"]) == ("image/png", "image")


async def test_a_result_is_an_argument_of_the_next_call_and_a_resource(
    agent: AgentRuntime,
) -> None:
    async with client_of(agent) as client:
        painted = await call(client, "paint", number=150, ms=1)
        uri = painted.structured_content["result"]["uri"]
        value = await call(client, "redness", image=uri, ms=1)
        listed = await client.list_resources()
        content = (await client.read_resource(uri)).contents[0]

    assert value.structured_content["result"] == 150
    assert [resource.uri for resource in listed.resources] == [uri]
    assert isinstance(content, types.BlobResourceContents)
    assert base64.b64decode(content.blob).startswith(b"\x89PNG")


async def test_a_file_is_a_path_below_an_allowed_folder_or_data(
    agent: AgentRuntime, mcp_home: McpHome
) -> None:
    async with client_of(agent, mcp_home.files) as client:
        below = await call(client, "redness", image="red.png", ms=1)
        absolute = await call(client, "redness", image=str(mcp_home.files / "red.png"), ms=1)
        data = await call(client, "redness", image=data_uri(picture(70)), ms=1)

    assert below.structured_content["result"] == 200
    assert absolute.structured_content["result"] == 200
    assert data.structured_content["result"] == 70


@pytest.mark.parametrize("path", ["../secret.png", "link.png", "{parent}/secret.png", "a\0b"])
async def test_no_other_path_is_opened(agent: AgentRuntime, mcp_home: McpHome, path: str) -> None:
    path = path.format(parent=mcp_home.files.parent)

    async with client_of(agent, mcp_home.files) as client:
        result = await call(client, "redness", image=path, ms=1)

    assert result.is_error
    assert "not below" in text_of(result) or "cannot be read" in text_of(result)


async def test_no_path_is_opened_without_an_allowed_folder_and_no_address_ever(
    agent: AgentRuntime, mcp_home: McpHome
) -> None:
    async with client_of(agent) as client:
        path = await call(client, "redness", image=str(mcp_home.files / "red.png"), ms=1)
        address = await call(client, "redness", image="http://127.0.0.1/red.png", ms=1)

    assert "hint: the user can allow one with: batuta mcp --files FOLDER" in text_of(path)
    assert "is an address, and none is opened" in text_of(address)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": 7, "ms": 1}, "image is 7, which is Integer; allowed is Image"),
        ({"ms": 1}, "redness needs 'image', which is Image"),
        ({"image": "red.png", "ms": 1.5}, "ms is 1.5, which is Number; allowed is Integer"),
        ({"image": "red.png", "ms": 1, "x": 2}, "redness has no parameter 'x'"),
        ({"image": {"a": 1}, "ms": 1}, "an argument is {'a': 1}"),
        ({"image": "data:image/png;base64,@@", "ms": 1}, "is not base64"),
        ({"image": "data:,words", "ms": 1}, "which is Text; allowed is Image"),
    ],
)
async def test_a_wrong_argument_is_an_error_of_the_tool(
    agent: AgentRuntime, mcp_home: McpHome, arguments: dict[str, Any], message: str
) -> None:
    async with client_of(agent, mcp_home.files) as client:
        result = await call(client, "redness", **arguments)

    assert result.is_error
    assert message in text_of(result)


async def test_a_request_is_planned_and_run(agent: AgentRuntime, mcp_home: McpHome) -> None:
    async with client_of(agent, mcp_home.files) as client:
        result = await call(client, "run_request", request="how red", files=["red.png"])

    assert text_of(result) == "It is 200."
    assert result.structured_content["state"] == "done"
    assert "redness(image1, ms=1)" in result.structured_content["plan"]


async def test_null_is_the_default_of_an_optional_argument(agent: AgentRuntime) -> None:
    async with client_of(agent) as client:
        picture_uri = data_uri(picture(200))
        grey = await call(client, "grayscale", image=picture_uri, region=None)
        lots = await call(client, "draw_lots", seed=None)
        painted = await call(client, "run_request", request="paint", files=None, seed=None)
        wrong = await call(client, "run_request", request=None)

    assert not (grey.is_error or lots.is_error or painted.is_error)
    assert "request is None" in text_of(wrong)


async def test_names_live_on_in_a_conversation(agent: AgentRuntime) -> None:
    async with client_of(agent) as client:
        first = await call(client, "run_request", request="paint")
        conversation = first.structured_content["conversation"]
        second = await call(client, "run_request", request="again", conversation=conversation)

    assert text_of(second) == "It was 200."


async def test_a_plan_runs(agent: AgentRuntime) -> None:
    plan = 'red = paint(9, ms=1)\nvalue = redness(red, ms=1)\nsay("{value}")\n'

    async with client_of(agent) as client:
        result = await call(client, "run_plan", plan=plan)
        wrong = await call(client, "run_plan", plan="x = no_such_tool()\n")

    assert text_of(result) == "9"
    assert wrong.is_error
    assert "no_such_tool" in text_of(wrong)


async def test_a_failed_command_is_an_error_with_its_cause(agent: AgentRuntime) -> None:
    async with client_of(agent) as client:
        result = await call(client, "run_request", request="crash")

    assert result.is_error
    assert "no luck" in text_of(result)
    assert result.structured_content["state"] == "failed"


async def test_progress_grows_and_says_what_happens(agent: AgentRuntime) -> None:
    reports: list[tuple[float, str | None]] = []

    async def observe(progress: float, total: float | None, message: str | None) -> None:
        reports.append((progress, message))

    async with client_of(agent) as client:
        await client.call_tool("run_request", {"request": "count"}, progress_callback=observe)

    values = [value for value, _ in reports]
    assert values == sorted(set(values))
    assert "step 0" in [message for _, message in reports]
    assert reports[-1][1] == "four: 4"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_cancelling_a_call_stops_its_run(
    agent: AgentRuntime, mcp_home: McpHome, mode: str
) -> None:
    client = client_of(agent)
    client.mode = mode
    async with client:
        task = asyncio.create_task(client.call_tool("run_request", {"request": "wait"}))
        while mcp_home.log() != ["begin gate"]:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        async with asyncio.timeout(10):
            while [run.state for run in agent.runs.summaries()] != ["stopped"]:
                await asyncio.sleep(0.01)
        after = await call(client, "run_request", request="paint")

    assert after.structured_content["state"] == "done"


async def test_a_plan_waits_for_a_decision(agent: AgentRuntime) -> None:
    async with client_of(agent) as client:
        waiting = await call(client, "run_request", request="paint", ask_first=True)
        run = waiting.structured_content["run"]
        done = await call(client, "decide_run", run=run, decision="approve")
        refused = await call(client, "run_request", request="paint", ask_first=True)
        stopped = await call(
            client, "decide_run", run=refused.structured_content["run"], decision="refuse"
        )

    assert waiting.structured_content["state"] == "waiting"
    assert "paint(200, ms=1)" in text_of(waiting)
    assert done.structured_content["state"] == "done"
    assert stopped.structured_content["state"] != "done"


async def test_a_client_decides_only_on_its_own_runs(agent: AgentRuntime) -> None:
    async with client_of(agent) as other:
        waiting = await call(other, "run_request", request="paint", ask_first=True)
    run = waiting.structured_content["run"]

    async with client_of(agent) as client:
        result = await call(client, "decide_run", run=run, decision="approve")

    assert result.is_error
    assert f"no run {run!r} of this client waits; waiting: none" in text_of(result)


async def test_a_named_plan_is_a_prompt(agent: AgentRuntime) -> None:
    async with client_of(agent) as client:
        prompts = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
        name, prompt = next(iter(prompts.items()))
        arguments = {argument.name: "image1" for argument in prompt.arguments or ()}
        message = (await client.get_prompt(name, arguments)).messages[0].content
        with pytest.raises(MCPError, match="there is no prompt"):
            await client.get_prompt("nothing")

    assert isinstance(message, types.TextContent)
    assert message.text.startswith(f"Call Batuta's tool `{name}`")


async def test_unknown_tools_and_resources_are_errors_of_the_protocol(
    agent: AgentRuntime, tmp_path: Path
) -> None:
    async with client_of(agent) as client:
        with pytest.raises(MCPError, match="there is no tool 'nothing'"):
            await client.call_tool("nothing", {})
        with pytest.raises(MCPError, match="is no resource"):
            await client.read_resource("file:///etc/passwd")
        with pytest.raises(MCPError, match="there is no artifact"):
            await client.read_resource(f"batuta://artifacts/{'0' * 64}")
