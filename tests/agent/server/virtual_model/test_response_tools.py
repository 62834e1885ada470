"""Tools of the client in the Responses API: function_call items, continued by their outputs."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import openai
import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool as langchain_tool
from langchain_openai import ChatOpenAI

from tests.agent.server.conftest import Api, data_uri, picture, serve
from tests.agent.server.virtual_model.test_client_tools import PLANS

pytestmark = pytest.mark.slow


def function(name: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": [*properties]}
    return {"type": "function", "name": name, "description": "Ask.", "parameters": schema}


WEATHER = function("get-weather", city={"type": "string"})
WEATHER["parameters"]["properties"]["days"] = {"type": "integer"}
WHERE = function("where-am-I")
TOOLS: Any = [WEATHER, WHERE]


@pytest.fixture
async def api(server_home: Path) -> AsyncGenerator[Api]:
    async with serve(server_home, plans=PLANS) as api:
        yield api


@pytest.fixture
async def client(api: Api) -> AsyncGenerator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{api.url}/v1", api_key="none", max_retries=0
    ) as client:
        yield client


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def output(call: Any, text: Any) -> Any:
    return {"type": "function_call_output", "call_id": call.call_id, "output": text}


def calls_of(response: Any) -> list[Any]:
    return [item for item in response.output if item.type == "function_call"]


async def test_a_call_comes_back_and_its_output_continues_the_run(
    api: Api, client: openai.AsyncOpenAI
) -> None:
    items: list[Any] = [user("weather")]
    first = await client.responses.create(model="batuta", input=items, tools=TOOLS)
    [call] = calls_of(first)
    items += [item.model_dump() for item in first.output]
    second = await client.responses.create(
        model="batuta", input=[*items, output(call, "sunny")], tools=TOOLS
    )

    assert first.status == "completed"
    assert call.name == "get-weather"
    assert json.loads(call.arguments) == {"city": "Paris", "days": 2}
    assert first.tools[0].type == "function"
    assert second.output_text.startswith("sunny \n\n![painted](http")
    assert first.id != second.id
    assert len(api.service.clients.get("local").runs()) == 1


async def test_only_the_outputs_and_the_previous_response_are_enough(
    client: openai.AsyncOpenAI,
) -> None:
    first = await client.responses.create(model="batuta", input="travel", tools=TOOLS)
    [where] = calls_of(first)
    second = await client.responses.create(
        model="batuta",
        input=[output(where, "Oslo")],
        previous_response_id=first.id,
        tools=TOOLS,
    )
    [weather] = calls_of(second)
    third = await client.responses.create(
        model="batuta",
        input=[output(weather, [{"type": "input_text", "text": "snow"}])],
        previous_response_id=second.id,
        tools=TOOLS,
    )
    last = await client.responses.create(
        model="batuta", input="hello", previous_response_id=third.id
    )

    assert (where.name, where.arguments) == ("where-am-I", "{}")
    assert json.loads(weather.arguments) == {"city": "Oslo"}
    assert (third.output_text, last.output_text) == ("snow", "Hello!")
    assert first.conversation == last.conversation


async def test_independent_calls_come_together(client: openai.AsyncOpenAI) -> None:
    first = await client.responses.create(model="batuta", input="two cities", tools=TOOLS)
    texts = {"Paris": "sun", "Rome": "rain"}
    outputs = [output(call, texts[json.loads(call.arguments)["city"]]) for call in calls_of(first)]
    second = await client.responses.create(
        model="batuta", input=outputs[::-1], previous_response_id=first.id, tools=TOOLS
    )

    assert len(outputs) == 2
    assert second.output_text == "sun and rain"


async def test_calls_are_streamed_and_continued(client: openai.AsyncOpenAI) -> None:
    async with client.responses.stream(model="batuta", input="weather", tools=TOOLS) as stream:
        kinds = [event.type async for event in stream]
        first = await stream.get_final_response()
    [call] = calls_of(first)
    async with client.responses.stream(
        model="batuta",
        input=[output(call, "sunny")],
        previous_response_id=first.id,
        tools=TOOLS,
    ) as stream:
        texts = [
            event.delta async for event in stream if event.type == "response.output_text.delta"
        ]

    assert kinds[-5:] == [
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert json.loads(call.arguments) == {"city": "Paris", "days": 2}
    assert "".join(texts).startswith("sunny")


async def test_langchain_runs_its_own_tools_in_its_responses_mode(api: Api) -> None:
    @langchain_tool
    def get_weather(city: str, days: int | None = None) -> str:
        """Return the weather of a city."""
        return f"rain in {city}"

    for streaming in (False, True):
        model = ChatOpenAI(
            model="batuta",
            base_url=f"{api.url}/v1",
            api_key="none",  # type: ignore[arg-type]
            use_responses_api=True,
            streaming=streaming,
            http_async_client=api.client,
        ).bind_tools([get_weather])
        messages: list[Any] = [HumanMessage("weather")]
        asked_message = await model.ainvoke(messages)
        [call] = asked_message.tool_calls
        result = ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])
        answer = await model.ainvoke([*messages, asked_message, result])

        assert answer.text.startswith("rain in Paris")


async def refusal(api: Api, **fields: Any) -> tuple[int, str]:
    response = await api.client.post("/v1/responses", json={"model": "batuta", **fields})
    return response.status_code, response.json()["error"]["code"]


async def test_outputs_that_no_run_waits_for_are_refused(
    api: Api, client: openai.AsyncOpenAI
) -> None:
    first = await client.responses.create(model="batuta", input="weather", tools=TOOLS)
    [call] = calls_of(first)
    image = [{"type": "input_image", "image_url": data_uri(picture())}]
    unknown = {"type": "function_call_output", "call_id": "call_1", "output": "x"}

    assert await refusal(api, input=[unknown], tools=TOOLS) == (400, "invalid_tool_call_id")
    assert await refusal(api, input=[output(call, 5)], tools=TOOLS) == (400, "invalid_schema")
    assert await refusal(api, input=[output(call, image)], tools=TOOLS) == (400, "wrong_media")
    assert await refusal(api, input=[output(call, "x")]) == (400, "missing_tool")
    done = await client.responses.create(model="batuta", input=[output(call, "sunny")], tools=TOOLS)
    assert done.output_text.startswith("sunny")
    again = await refusal(api, input=[output(call, "rainy")], tools=TOOLS)
    assert again == (400, "invalid_tool_call_id")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"tools": [{"type": "web_search"}]}, "unsupported_parameter"),
        ({"tools": [{"type": "function", "name": "a b"}]}, "invalid_schema"),
        ({"tools": [WHERE, WHERE]}, "invalid_tool"),
        ({"tools": [WHERE] * 65}, "invalid_schema"),
        ({"tools": TOOLS, "tool_choice": "required"}, "unsupported_parameter"),
        ({"tools": "many"}, "invalid_schema"),
    ],
)
async def test_bad_tools_are_refused(api: Api, fields: dict[str, Any], code: str) -> None:
    assert await refusal(api, input="hello", **fields) == (400, code)


async def test_without_a_choice_of_tools_they_are_not_offered(client: openai.AsyncOpenAI) -> None:
    response = await client.responses.create(
        model="batuta", input="hello", tools=TOOLS, tool_choice="none"
    )

    assert response.output_text == "Hello!"
    assert response.tools == []
