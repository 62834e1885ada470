"""The clients in docs/api.md work: each block of code runs against a server."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from agent.server.access.api_keys import ApiKeys, create_key
from agent.web.access.logins import parse_logins
from tests.agent.server.conftest import Api, serve
from tests.requirements import require_program
from tools.sdk.tool_check import SAMPLES

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
PLANS = """\
when: Cut out the cup
cup = crop(image1, box(25, 10, 75, 90))
say("Here: {cup}")
---
when: Draw six apples
apples = draw("six apples")
say("{apples}")
---
when: What is the weather in Paris?
rain = weather(city="Paris")
say("{rain}")
---
when: Turn it grey
grey = grayscale(apples)
say("In grey: {grey}")
"""
EXPECTED = {
    "completion = client.chat": ["cup = crop(image1", "![cup](http://127.0.0.1:"],
    "tool_call_id": ["It rains in Paris."],
    "function_call_output": ["It rains in Paris."],
    "Turn it grey": ["In grey:", "![grey](http://127.0.0.1:"],
    "ChatOpenAI": ["![apples](http://127.0.0.1:"],
    "Idempotency-Key": ["event: CommandFinished", "Here: [cup]", "crop"],
    "client.images.generate": ["2 192"],
    "/videos": ["completed"],
    "curl": ['"state":"queued"', '"object":"list"'],
    "new OpenAI": ["![apples](http://127.0.0.1:"],
}
"""What a block that has the words on the left prints."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
async def documented(server_home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Api]:
    """A server with a key, with a folder for the code of clients."""
    key = create_key("notebook")
    keys = ApiKeys(parse_logins(key.line, "the keys"))
    async with serve(server_home, keys=keys, plans=PLANS) as api:
        folder = server_home / "client"
        folder.mkdir()
        shutil.copy(SAMPLES["photo"], folder / "photo.jpg")
        monkeypatch.setenv("API_KEY_FOR_TEST", key.token)
        yield api


async def output_of(api: Api, code: str, name: str, *command: str) -> str:
    """What the code of a client prints with the server's address and a valid key."""
    text = code.replace("http://127.0.0.1:7861", api.url).replace(
        'KEY"', os.environ["API_KEY_FOR_TEST"] + '"'
    )
    folder = api.home / "client"
    (folder / name).write_text(text, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *command,
        name,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def check(code: str, output: str) -> None:
    expected = [words for key, words in EXPECTED.items() if key in code]
    assert len(expected) == 1, "each block has words of its own in EXPECTED"
    for words in expected[0]:
        assert words in output


@pytest.mark.parametrize("code", blocks("python"))
async def test_python_clients_work(documented: Api, code: str) -> None:
    check(code, await output_of(documented, code, "client.py", sys.executable))


@pytest.mark.parametrize("code", blocks("bash"))
async def test_curl_works(documented: Api, code: str) -> None:
    require_program("curl")

    check(code, await output_of(documented, code, "client.sh", "bash", "-e"))


@pytest.mark.slow
@pytest.mark.parametrize("code", blocks("js"))
async def test_the_npm_client_works(documented: Api, code: str) -> None:
    npm, node = require_program("npm"), require_program("node")
    folder = documented.home / "client"
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    install = await asyncio.create_subprocess_exec(
        npm, "install", "--no-audit", "--no-fund", "openai@6", cwd=folder
    )
    assert await install.wait() == 0

    check(code, await output_of(documented, code, "client.js", node))


async def test_the_table_of_routes_is_complete(documented: Api) -> None:
    text = PAGE.read_text(encoding="utf-8")
    headers = {"authorization": f"Bearer {os.environ['API_KEY_FOR_TEST']}"}
    paths = (await documented.client.get("/openapi.json", headers=headers)).json()["paths"]

    short = {path.removesuffix("/{video}/content").removesuffix("/{video}") for path in paths}
    assert [path for path in short if path not in text and "{model}" not in path] == []
