from collections.abc import AsyncGenerator

import openai
import pytest

from tests.agent.server.conftest import Api


@pytest.fixture
async def client(api: Api) -> AsyncGenerator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{api.url}/v1", api_key="none", max_retries=0
    ) as client:
        yield client
