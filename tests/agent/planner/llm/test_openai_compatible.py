import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.planner.llm import Grammar, LanguageModelError, create
from tools.errors import InputError

GRAMMAR = Grammar(gbnf='root ::= "yes"', lark='start: "yes"')


class Server(ThreadingHTTPServer):
    """Answers every chat with the same words, and remembers what it was asked."""

    requests: list[dict[str, Any]]
    keys: list[str]


class Chat(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(asked)
        self.server.keys.append(self.headers["Authorization"])
        if asked["model"] == "missing":
            self.send_error(404, "no such model")
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for text in ("say(", '"hi"', ")"):
            self._send({"choices": [{"index": 0, "delta": {"content": text}}]})
        self._send({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
        self._send({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, event: dict[str, Any]) -> None:
        whole = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", **event}
        self.wfile.write(f"data: {json.dumps(whole)}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Chat) as made:
        made.requests, made.keys = [], []
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}/v1"


async def test_a_server_of_one_s_own_streams_without_a_key(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = create(f"openai:tiny@{address(server)}", fetch=Path)
    chunks = [chunk async for chunk in model.astream("Hi")]
    assert [chunk.text for chunk in chunks if chunk.text] == ["say(", '"hi"', ")"]
    usage = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    assert [(each["input_tokens"], each["output_tokens"]) for each in usage] == [(9, 3)]
    (asked,) = server.requests
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("tiny", 512, 0)


async def test_the_key_of_the_environment_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    await create(f"openai:tiny@{address(server)}", fetch=Path).ainvoke("Hi")
    assert server.keys == ["Bearer secret"]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("", {}),
        ("?grammar=llama.cpp", {"grammar": 'root ::= "yes"'}),
        ("?grammar=sglang", {"ebnf": 'root ::= "yes"'}),
        ("?grammar=vllm", {"structured_outputs": {"grammar": 'root ::= "yes"'}}),
    ],
)
async def test_a_grammar_is_passed_on_only_where_asked_and_in_the_server_s_own_way(
    server: Server, style: str, expected: dict[str, Any]
) -> None:
    model = create(f"openai:tiny@{address(server)}{style}", fetch=Path)
    await model.bind(grammar=GRAMMAR, max_tokens=5, seed=3).ainvoke("Hi")
    (asked,) = server.requests
    names = ("grammar", "ebnf", "structured_outputs")
    assert {name: asked[name] for name in names if name in asked} == expected
    assert (asked["max_tokens"], asked["seed"]) == (5, 3)


async def test_a_refusal_says_which_model_and_where(server: Server) -> None:
    model = create(f"openai:missing@{address(server)}", fetch=Path)
    with pytest.raises(LanguageModelError, match=r"the model 'missing' at http://127.* 404"):
        await model.ainvoke("Hi")


async def test_a_server_that_is_not_there_is_an_error_with_a_hint() -> None:
    model = create("openai:tiny@http://127.0.0.1:9/v1", fetch=Path)
    with pytest.raises(LanguageModelError, match="hint: check the address"):
        await model.bind(timeout=1).ainvoke("Hi")


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(InputError, match="OPENAI_API_KEY is not set"):
        create("openai:gpt-4.1-mini", fetch=Path)


@pytest.mark.parametrize(
    "name", ["openai:@http://host/v1", "openai:tiny@host:80", "openai:tiny@ftp://host/v1"]
)
def test_an_address_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="does not name a model"):
        create(name, fetch=Path)


def test_an_unknown_grammar_style_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"takes one of llama\.cpp, sglang, vllm"):
        create("openai:tiny@http://host/v1?grammar=magic", fetch=Path)
