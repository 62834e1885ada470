"""The virtual model through the Responses API."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import openai
import pytest
from langchain_openai import ChatOpenAI

from tests.agent.server.conftest import Api, data_uri, picture

pytestmark = pytest.mark.slow


@pytest.fixture
async def client(api: Api) -> AsyncGenerator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{api.url}/v1", api_key="none", max_retries=0
    ) as client:
        yield client


def user(text: str, *pictures: bytes) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"type": "input_text", "text": text}]
    parts += [{"type": "input_image", "image_url": data_uri(data)} for data in pictures]
    return {"role": "user", "content": parts}


async def respond(api: Api, **fields: Any) -> httpx.Response:
    return await api.client.post("/v1/responses", json={"model": "batuta", **fields})


async def test_the_openai_client_gets_reasoning_and_a_message(client: openai.AsyncOpenAI) -> None:
    response = await client.responses.create(
        model="batuta",
        input=[user("how red", picture(7))],  # type: ignore[list-item]
    )

    assert response.output_text == "It is 7."
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.status == "completed"
    assert response.usage is not None
    assert response.usage.total_tokens > 0


async def test_the_openai_client_streams_a_whole_response(client: openai.AsyncOpenAI) -> None:
    async with client.responses.stream(model="batuta", input="paint") as stream:
        kinds = [event.type async for event in stream]
        response = await stream.get_final_response()

    assert kinds[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert kinds[-1] == "response.completed"
    assert "response.reasoning_summary_text.delta" in kinds
    assert "![red](http://127.0.0.1:" in response.output_text


async def test_the_previous_response_gives_names_to_the_next(client: openai.AsyncOpenAI) -> None:
    first = await client.responses.create(model="batuta", input="paint")
    second = await client.responses.create(
        model="batuta", input="again", previous_response_id=first.id
    )
    branch = await client.responses.create(
        model="batuta", input="again", previous_response_id=first.id
    )

    assert (second.output_text, branch.output_text) == ("It was 200.", "It was 200.")
    assert second.conversation != branch.conversation


async def test_langchain_speaks_the_responses_api(api: Api) -> None:
    model = ChatOpenAI(
        model="batuta",
        base_url=f"{api.url}/v1",
        api_key="none",  # type: ignore[arg-type]
        use_responses_api=True,
        http_async_client=api.client,
    )

    assert (await model.ainvoke("hello")).text == "Hello!"
    assert "".join([chunk.text async for chunk in model.astream("hello")]) == "Hello!"


async def test_a_conversation_can_be_named(api: Api) -> None:
    await respond(api, input="paint", conversation={"id": "ours"})

    response = await respond(api, input="again", conversation="ours")

    assert response.json()["output"][-1]["content"][0]["text"] == "It was 200."


async def test_a_failed_run_is_an_error_or_a_failed_response(api: Api) -> None:
    response = await respond(api, input="nonsense")
    stream = await respond(api, input="nonsense", stream=True)

    assert response.status_code == 422
    assert "event: response.failed" in stream.text
    assert '"status": "failed"' in stream.text


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"input": 5}, 400, "invalid_schema"),
        ({"input": ""}, 400, "empty_request"),
        ({"input": [{"type": "function_call_output"}]}, 400, "invalid_tool_call_id"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, 400, "unsupported_item"),
        ({"input": [{"role": "king"}]}, 400, "invalid_schema"),
        ({"input": "x", "previous_response_id": "resp_none"}, 404, "run_not_found"),
        ({"input": "x", "previous_response_id": "none"}, 404, "response_not_found"),
        ({"input": "x", "background": True}, 400, "unsupported_parameter"),
        ({"input": "x", "tools": [{"type": "web_search"}]}, 400, "unsupported_parameter"),
        ({"input": "x", "text": {"format": {"type": "json_schema"}}}, 400, "unsupported_parameter"),
        ({"input": "x", "model": "other"}, 404, "model_not_found"),
    ],
)
async def test_bad_input_is_refused(
    api: Api, fields: dict[str, Any], status: int, code: str
) -> None:
    response = await respond(api, **fields)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
