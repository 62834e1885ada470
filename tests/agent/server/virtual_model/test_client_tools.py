"""Tools of the client in a plan: calls come back as tool_calls, and results continue the run."""

import json
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool as langchain_tool
from langchain_openai import ChatOpenAI

from tests.agent.server.conftest import Api, serve

pytestmark = pytest.mark.slow

PLANS = """\
when: weather
painted = paint(200, ms=1)
weather = get_weather(city="Paris", days=2)
say("{weather} {painted}")
---
when: travel
here = where_am_i()
weather = get_weather(city=here)
say("{weather}")
---
when: two cities
one = get_weather(city="Paris")
two = get_weather(city="Rome")
say("{one} and {two}")
---
when: dice
number = throw_dice(ms=1)
answer = get_weather(city="Paris")
say("{number} {answer}")
---
when: shadow
grey = grayscale_of_client(text="x")
say("{grey}")
---
when: search
found = search_of_client(filter_value="{{}}")
say("{found}")
---
when: hello
say("Hello!")
"""


def function(name: str, **properties: Any) -> dict[str, Any]:
    required = [key for key, schema in properties.items() if not schema.pop("optional", False)]
    schema = {"type": "object", "properties": properties, "required": required}
    return {
        "type": "function",
        "function": {"name": name, "description": "Ask the client.", "parameters": schema},
    }


WEATHER = function(
    "get-weather", city={"type": "string"}, days={"type": "integer", "optional": True}
)
WHERE = function("where-am-I")


async def complete(api: Api, *messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"model": "batuta", "messages": messages, "tools": [WEATHER, WHERE], **fields}
    response = await api.client.post("/v1/chat/completions", json=body)
    assert response.status_code == 200, response.text
    return response.json()["choices"][0]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def result(call: dict[str, Any], text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call["id"], "content": text}


@pytest.fixture
async def api(server_home: Path) -> Any:
    async with serve(server_home, plans=PLANS) as api:
        yield api


async def test_a_call_comes_back_and_its_result_continues_the_run(api: Api) -> None:
    asked = await complete(api, user("weather"))
    [call] = asked["message"]["tool_calls"]
    answer = await complete(api, user("weather"), asked["message"], result(call, "sunny"))

    assert asked["finish_reason"] == "tool_calls"
    assert call["function"]["name"] == "get-weather"
    assert json.loads(call["function"]["arguments"]) == {"city": "Paris", "days": 2}
    assert answer["finish_reason"] == "stop"
    assert answer["message"]["content"].startswith("sunny \n\n![painted](http")
    assert len(api.service.clients.get("local").runs()) == 1


async def test_calls_that_need_one_another_come_in_turn(api: Api) -> None:
    first = await complete(api, user("travel"))
    [where] = first["message"]["tool_calls"]
    messages = [user("travel"), first["message"], result(where, "Oslo")]
    second = await complete(api, *messages)
    [weather] = second["message"]["tool_calls"]
    answer = await complete(api, *messages, second["message"], result(weather, "snow"))

    assert where["function"] == {"name": "where-am-I", "arguments": "{}"}
    assert json.loads(weather["function"]["arguments"]) == {"city": "Oslo"}
    assert answer["message"]["content"] == "snow"


async def test_independent_calls_come_together(api: Api) -> None:
    asked = await complete(api, user("two cities"))
    calls = asked["message"]["tool_calls"]
    texts = {"Paris": "sun", "Rome": "rain"}
    results = [
        result(call, texts[json.loads(call["function"]["arguments"])["city"]]) for call in calls
    ]
    answer = await complete(api, user("two cities"), asked["message"], *reversed(results))

    assert answer["message"]["content"] == "sun and rain"


async def test_commands_that_ran_before_do_not_run_again(api: Api) -> None:
    asked = await complete(api, user("dice"))
    [call] = asked["message"]["tool_calls"]
    await complete(api, user("dice"), asked["message"], result(call, "sunny"))

    assert api.log() == ["throw"]


async def test_a_run_waits_for_its_client_over_a_restart(server_home: Path) -> None:
    async with serve(server_home, plans=PLANS) as api:
        asked = await complete(api, user("weather"))
    [call] = asked["message"]["tool_calls"]
    async with serve(server_home, plans=PLANS) as api:
        answer = await complete(api, user("weather"), asked["message"], result(call, "sunny"))

    assert answer["message"]["content"].startswith("sunny")


async def test_the_conversation_goes_on_after_calls(api: Api) -> None:
    asked = await complete(api, user("weather"))
    [call] = asked["message"]["tool_calls"]
    messages = [user("weather"), asked["message"], result(call, "sunny")]
    answer = await complete(api, *messages)
    messages += [answer["message"], user("hello")]
    last = await complete(api, *messages)

    runs = (await api.client.get("/v1/runs")).json()["data"]
    assert last["message"]["content"] == "Hello!"
    assert len({run["conversation"] for run in runs}) == 1


async def test_the_openai_client_streams_calls(api: Api) -> None:
    async with openai.AsyncOpenAI(base_url=f"{api.url}/v1", api_key="none") as client:
        stream = await client.chat.completions.create(
            model="batuta",
            messages=[user("weather")],  # type: ignore[list-item]
            tools=[WEATHER],  # type: ignore[list-item]
            stream=True,
        )
        choices = [chunk.choices[0] async for chunk in stream]

    [call] = [call for choice in choices for call in choice.delta.tool_calls or ()]
    assert choices[-1].finish_reason == "tool_calls"
    assert call.function is not None
    assert call.function.name == "get-weather"
    assert json.loads(call.function.arguments or "") == {"city": "Paris", "days": 2}


async def test_langchain_runs_its_own_tools(api: Api) -> None:
    @langchain_tool
    def get_weather(city: str, days: int | None = None) -> str:
        """Return the weather of a city."""
        return f"rain in {city}"

    model = ChatOpenAI(
        model="batuta",
        base_url=f"{api.url}/v1",
        api_key="none",  # type: ignore[arg-type]
        http_async_client=api.client,
    ).bind_tools([get_weather])
    messages: list[Any] = [HumanMessage("weather")]
    asked = await model.ainvoke(messages)
    [call] = asked.tool_calls
    messages += [asked, ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])]

    assert (await model.ainvoke(messages)).text.startswith("rain in Paris")


async def test_names_of_the_servers_tools_and_of_the_language_are_avoided(api: Api) -> None:
    tools = [function("grayscale", text={"type": "string"})]
    asked = await complete(api, user("shadow"), tools=tools)
    odd = [function("search_of_client", filter={"type": "object"})]
    odd[0]["function"]["parameters"]["properties"] = {"filter-value": {"type": "object"}}
    odd[0]["function"]["parameters"]["required"] = ["filter-value"]
    searched = await complete(api, user("search"), tools=odd)

    assert asked["message"]["tool_calls"][0]["function"]["name"] == "grayscale"
    assert searched["message"]["tool_calls"][0]["function"] == {
        "name": "search_of_client",
        "arguments": '{"filter-value": {}}',
    }


@pytest.mark.parametrize(
    ("tools", "code"),
    [
        ([{"type": "function"}], "invalid_schema"),
        ([{"type": "web_search"}], "invalid_schema"),
        ([{"type": "function", "function": {"name": "a b"}}], "invalid_schema"),
        ([WHERE] * 65, "invalid_schema"),
        ([WHERE, WHERE], "invalid_tool"),
        (
            [{"type": "function", "function": {"name": "a", "parameters": {"properties": [1]}}}],
            "invalid_tool",
        ),
    ],
)
async def test_bad_tools_are_refused(api: Api, tools: list[Any], code: str) -> None:
    body = {"messages": [user("hello")], "tools": tools}
    response = await api.client.post("/v1/chat/completions", json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


async def test_results_that_no_run_waits_for_are_refused(api: Api) -> None:
    asked = await complete(api, user("weather"))
    [call] = asked["message"]["tool_calls"]

    async def refused(*results: dict[str, Any]) -> httpx.Response:
        body = {"messages": [user("weather"), asked["message"], *results], "tools": [WEATHER]}
        return await api.client.post("/v1/chat/completions", json=body)

    run = call["id"].split("_")[1]
    bad = [
        await refused({"role": "tool", "content": "x"}),
        await refused({"role": "tool", "content": "x", "tool_call_id": f"call_{run}_7"}),
        await refused(
            {"role": "tool", "content": "x", "tool_call_id": "call_20260101-000000-abcdef_0"}
        ),
    ]
    approved = await api.client.post(f"/v1/runs/{run}/approve")
    await complete(api, user("weather"), asked["message"], result(call, "sunny"))
    again = await refused(result(call, "rainy"))

    codes = [response.json()["error"]["code"] for response in [*bad, approved, again]]
    assert codes == [
        "invalid_tool_call_id",
        "invalid_tool_call_id",
        "run_not_found",
        "run_not_waiting",
        "invalid_tool_call_id",
    ]
