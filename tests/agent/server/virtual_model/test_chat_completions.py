"""The virtual model through the clients that others wrote, and through bare requests."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI

from tests.agent.server.conftest import Api, base64_of, data_uri, picture, recording

pytestmark = pytest.mark.slow


@pytest.fixture
async def client(api: Api) -> AsyncGenerator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{api.url}/v1", api_key="none", max_retries=0
    ) as client:
        yield client


def user(text: str, *pictures: bytes) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    parts += [{"type": "image_url", "image_url": {"url": data_uri(data)}} for data in pictures]
    return {"role": "user", "content": parts}


async def complete(api: Api, *messages: dict[str, Any], **fields: Any) -> httpx.Response:
    body = {"model": "batuta", "messages": messages, **fields}
    return await api.client.post("/v1/chat/completions", json=body)


def content_of(response: httpx.Response) -> str:
    return response.json()["choices"][0]["message"]["content"]


async def test_the_openai_client_gets_an_answer_with_the_plan_as_reasoning(
    client: openai.AsyncOpenAI,
) -> None:
    completion = await client.chat.completions.create(
        model="batuta",
        messages=[user("how red", picture(7))],  # type: ignore[list-item]
    )

    message = completion.choices[0].message
    assert message.content == "It is 7."
    reasoning = message.model_dump()["reasoning_content"]
    assert "value = redness(image1, ms=1)" in reasoning
    assert "✓ redness(image1, ms=1) → 7 (" in reasoning
    assert completion.usage is not None
    assert completion.usage.total_tokens > 0
    assert completion.choices[0].finish_reason == "stop"


async def test_the_openai_client_streams_reasoning_then_content(
    client: openai.AsyncOpenAI,
) -> None:
    stream = await client.chat.completions.create(
        model="batuta",
        messages=[user("paint")],  # type: ignore[list-item]
        stream=True,
        stream_options={"include_usage": True},
    )
    deltas = [chunk async for chunk in stream]

    parts = [chunk.choices[0].delta.model_dump() for chunk in deltas if chunk.choices]
    reasoning = "".join(part.get("reasoning_content") or "" for part in parts)
    content = "".join(part.get("content") or "" for part in parts)
    assert reasoning.startswith("Plan:\n\n```\nred = paint(200, ms=1)")
    assert content.startswith("Here: \n\n![red](http://127.0.0.1:")
    assert deltas[-1].usage is not None
    assert deltas[-1].usage.completion_tokens > 0
    assert [c.choices[0].finish_reason for c in deltas if c.choices][-1] == "stop"


async def test_langchain_gets_and_streams_answers(api: Api) -> None:
    model = ChatOpenAI(
        model="batuta",
        base_url=f"{api.url}/v1",
        api_key="none",  # type: ignore[arg-type]
        http_async_client=api.client,
    )
    message = HumanMessage(content=user("how red", picture(9))["content"])

    answer = await model.ainvoke([message])
    streamed = [chunk.text async for chunk in model.astream([message])]

    assert answer.text == "It is 9."
    assert "".join(streamed) == "It is 9."


async def test_the_picture_of_an_answer_is_shown_by_a_page_without_a_key(api: Api) -> None:
    content = content_of(await complete(api, user("paint")))
    link = content.partition("](")[2].partition(")")[0]
    path, _, query = link.partition("?")
    page = {"origin": "http://localhost:8080", "sec-fetch-site": "cross-site"}

    shown = await api.client.get(link, headers=page)
    forged = await api.client.get(f"{path}?{query[:-1]}x", headers=page)
    other = await api.client.get(link.replace(path[-64:], "0" * 64), headers=page)

    assert shown.status_code == 200
    assert shown.content.startswith(b"\x89PNG")
    assert (forged.status_code, other.status_code) == (403, 403)


async def test_media_are_data_uris_on_request(api: Api) -> None:
    response = await complete(api, user("paint"), batuta={"media": "data_uri"})

    assert "](data:image/png;base64,iVBOR" in content_of(response)


async def test_names_live_on_when_the_client_repeats_its_messages(api: Api) -> None:
    first = [user("paint")]
    painted = content_of(await complete(api, *first))
    second = [*first, {"role": "assistant", "content": painted}, user("again")]

    response = await complete(api, *second)

    assert content_of(response) == "It was 200."


async def test_an_answer_written_again_has_the_names_of_its_own_past(api: Api) -> None:
    first = [user("how red", picture(1))]
    answer = content_of(await complete(api, *first))
    past = [*first, {"role": "assistant", "content": answer}]

    one = await complete(api, *past, user("both", picture(2)))
    two = await complete(api, *past, user("both", picture(3)))

    assert content_of(one) == "1 and 2"
    assert content_of(two) == "1 and 3"
    assert one.headers["x-conversation-id"] != two.headers["x-conversation-id"]


async def test_a_past_with_another_model_brings_its_files(api: Api) -> None:
    past = [user("hi", picture(4)), {"role": "assistant", "content": "An answer of another."}]

    response = await complete(api, *past, user("both", picture(5)))

    assert content_of(response) == "4 and 5"


@pytest.mark.parametrize("where", ["header", "metadata", "extension"])
async def test_a_conversation_can_be_named(api: Api, where: str) -> None:
    async def ask(text: str) -> str:
        body: dict[str, Any] = {"model": "batuta", "messages": [user(text)]}
        headers: dict[str, str] = {}
        if where == "header":
            headers["x-conversation-id"] = "ours"
        elif where == "metadata":
            body["metadata"] = {"conversation_id": "ours"}
        else:
            body["batuta"] = {"conversation": "ours"}
        return content_of(await api.client.post("/v1/chat/completions", json=body, headers=headers))

    await ask("paint")

    assert await ask("again") == "It was 200."


async def test_a_link_of_an_answer_can_be_sent_back_as_a_picture(api: Api) -> None:
    content = content_of(await complete(api, user("paint")))
    link = content.partition("](")[2].partition(")")[0]
    part = {"type": "image_url", "image_url": {"url": link}}

    response = await complete(
        api, {"role": "user", "content": [{"type": "text", "text": "how red"}, part]}
    )

    assert content_of(response) == "It is 200."


async def test_audio_is_read_and_answered_with_a_link(api: Api) -> None:
    audio = {
        "type": "input_audio",
        "input_audio": {"data": base64_of(recording()), "format": "wav"},
    }
    parts = [{"type": "text", "text": "backwards"}, audio]

    content = content_of(await complete(api, {"role": "user", "content": parts}))

    link = content.partition("](")[2].partition(")")[0]
    assert content.startswith("Here: [back](http://127.0.0.1:")
    assert (await api.client.get(link)).content.startswith(b"RIFF")


async def test_text_files_are_read(api: Api) -> None:
    words = {"file_data": data_uri(b"Good morning", "text/plain"), "filename": "words.txt"}
    parts = [{"type": "text", "text": "What is said"}, {"type": "file", "file": words}]

    response = await complete(api, {"role": "user", "content": parts})

    assert content_of(response) == "Good morning"


async def test_a_seed_reaches_the_tools(api: Api) -> None:
    assert content_of(await complete(api, user("seed"), seed=5)) == "5"


async def test_a_client_that_leaves_stops_its_run(api: Api) -> None:
    body = {"model": "batuta", "messages": [user("slow")], "stream": True}
    async with api.client.stream("POST", "/v1/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if "reasoning_content" in line:
                break
    waiting = asyncio.create_task(complete(api, user("slow")))
    while len(api.service.clients.get("local").runs()) < 2:
        await asyncio.sleep(0.01)
    waiting.cancel()

    runs = api.service.clients.get("local").runs()
    for run in runs:
        await api.until_ended(run)
    states = [(await api.client.get(f"/v1/runs/{run}")).json()["state"] for run in runs]
    assert states == ["stopped", "stopped"]


async def test_a_failed_run_is_an_error_with_its_reason(api: Api) -> None:
    response = await complete(api, user("nonsense"))
    stream = await complete(api, user("nonsense"), stream=True)

    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "run_failed"
    assert "there_is_no_such_tool" in error["message"]
    lines = [line for line in stream.text.splitlines() if line.startswith("data: ")]
    assert json.loads(lines[-2].removeprefix("data: "))["error"]["code"] == "run_failed"
    assert lines[-1] == "data: [DONE]"


async def test_the_openai_client_raises_the_errors_of_a_stream(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="batuta",
        messages=[user("nonsense")],  # type: ignore[list-item]
        stream=True,
    )

    with pytest.raises(openai.APIError, match="there_is_no_such_tool"):
        async for _ in stream:
            pass


def content(*parts: object) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "text", "text": "hello"}, *parts]}]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"model": "gpt-5"}, 404, "model_not_found"),
        ({"model": "batuta/none"}, 404, "model_not_found"),
        ({"messages": []}, 400, "invalid_schema"),
        ({"messages": "hello"}, 400, "invalid_schema"),
        ({"messages": [{"role": "king", "content": "x"}]}, 400, "invalid_schema"),
        ({"messages": [{"role": "user", "content": " "}]}, 400, "empty_request"),
        ({"messages": [{"role": "system", "content": "x"}]}, 400, "empty_request"),
        ({"messages": [{"role": "function", "content": "x"}]}, 400, "unsupported_role"),
        ({"messages": content({"type": "image_url"})}, 400, "unsupported_part"),
        ({"messages": content({"type": "hologram"})}, 400, "unsupported_part"),
        ({"messages": content({"type": "text", "text": 5})}, 400, "invalid_schema"),
        (
            {
                "messages": content(
                    {"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}}
                )
            },
            400,
            "url_not_allowed",
        ),
        (
            {"messages": content({"type": "input_audio", "input_audio": {"data": "?"}})},
            400,
            "invalid_base64",
        ),
        (
            {
                "messages": content(
                    {"type": "input_audio", "input_audio": {"data": base64_of(b"RIFF")}}
                )
            },
            400,
            "wrong_media",
        ),
        ({"functions": [{"name": "f"}]}, 400, "unsupported_parameter"),
        ({"n": 2}, 400, "unsupported_parameter"),
        ({"logprobs": True}, 400, "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, 400, "unsupported_parameter"),
        ({"modalities": ["text", "audio"]}, 400, "unsupported_parameter"),
        ({"batuta": {"conversation": "x" * 201}}, 400, "invalid_schema"),
    ],
)
async def test_bad_input_is_refused_in_the_form_of_the_protocol(
    api: Api, body: dict[str, Any], status: int, code: str
) -> None:
    full = {"model": "batuta", "messages": [user("hello")], **body}
    response = await api.client.post("/v1/chat/completions", json=full)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.json()["error"]["hint"]
    assert content_of(await complete(api, user("hello"))) == "Hello!"


async def test_models_are_listed_by_profile(client: openai.AsyncOpenAI) -> None:
    models = [model.id async for model in client.models.list()]

    assert models[:2] == ["batuta", "batuta/offline"]
    assert (await client.models.retrieve("batuta/offline")).id == "batuta/offline"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-5")
