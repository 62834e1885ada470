"""Embeddings by the openai client and by LangChain."""

from typing import Any

import numpy as np
import openai
import pytest
from langchain_openai import OpenAIEmbeddings

from tests.agent.server.conftest import Api

pytestmark = pytest.mark.slow


async def test_similar_texts_have_similar_vectors(client: openai.AsyncOpenAI) -> None:
    texts = ["a red apple", "a red apple on a table", "a blue car in the rain"]
    result = await client.embeddings.create(model="batuta", input=texts)
    floats = await client.embeddings.create(model="batuta", input=texts[0], encoding_format="float")

    apple, table, car = (np.array(item.embedding) for item in result.data)
    assert np.linalg.norm(apple) == pytest.approx(1, abs=1e-4)
    assert apple @ table > apple @ car
    assert floats.data[0].embedding == pytest.approx(apple.tolist(), abs=1e-5)


async def test_langchain_embeds_documents(api: Api) -> None:
    embeddings = OpenAIEmbeddings(
        model="batuta",
        base_url=f"{api.url}/v1",
        api_key="none",  # type: ignore[arg-type]
        check_embedding_ctx_length=False,
        http_async_client=api.client,
    )

    vectors = await embeddings.aembed_documents(["a dog", "a cat"])

    assert [len(vector) for vector in vectors] == [192, 192]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_schema"),
        ({"input": ""}, 400, "invalid_schema"),
        ({"input": []}, 400, "invalid_schema"),
        ({"input": ["x"] * 257}, 400, "invalid_schema"),
        ({"input": [[1, 2]]}, 400, "invalid_schema"),
        ({"input": "x", "dimensions": 8}, 400, "unsupported_parameter"),
        ({"input": "x", "model": "text-embedding-3-small"}, 404, "model_not_found"),
    ],
)
async def test_bad_embeddings_are_refused(
    api: Api, body: dict[str, Any], status: int, code: str
) -> None:
    response = await api.client.post("/v1/embeddings", json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
