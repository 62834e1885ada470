"""Agents of others: functions, a chat endpoint that knows nothing of Batuta, and Batuta's API."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from evals.harness.agent_interface import AgentReply, AgentRequest, AgentTurn
from evals.harness.foreign_agents import load_foreign_agent
from evals.harness.http_agents import EndpointError, read_message
from evals.harness.run_suite import SuiteOptions, run_suite
from evals.scoring.eval_logs import attempt_of_sample, scores_of
from tests.agent.server.conftest import picture, serve
from tests.evals.conftest import INSPECT
from tools.errors import InputError
from tools.sdk.tool_check import SAMPLES

pytestmark = INSPECT

AGENTS = """\
import asyncio

def short(request, files):
    return f"{request}: {[path.name for path in files]}"

async def long(request, files, turns):
    await asyncio.sleep(0)
    return {"text": " / ".join([*(turn.answer for turn in turns), request]), "files": files}

def wrong(request, files):
    return 7

def misspelt(request, files):
    return {"test": "a"}
"""


class ChatHandler(BaseHTTPRequestHandler):
    """A chat endpoint that resizes a picture to the width in the request, and can do no more."""

    bodies: list[dict[str, Any]]
    keys: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.bodies.append(body)
        self.keys.append(self.headers.get("authorization", ""))
        if self.path != "/v1/chat/completions":
            self._send(404, {"error": {"message": "not here"}})
            return
        content = body["messages"][-1]["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        message: dict[str, Any] = {"role": "assistant", "content": "I cannot do that."}
        width = re.search(r"\d+", parts[0]["text"])
        if width and len(parts) > 1:
            message = {"role": "assistant", "content": [self._resized(parts[1], int(width[0]))]}
        usage = {"prompt_tokens": 20, "completion_tokens": 5}
        self._send(200, {"choices": [{"message": message}], "usage": usage})

    def _resized(self, part: dict[str, Any], width: int) -> dict[str, Any]:
        data = base64.b64decode(part["image_url"]["url"].partition(",")[2])
        image = PIL.Image.open(io.BytesIO(data)).convert("RGB")
        file = io.BytesIO()
        image.resize((width, round(image.height * width / image.width))).save(file, "PNG")
        url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
        return {"type": "image_url", "image_url": {"url": url}}

    def _send(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def chat_server() -> Iterator[tuple[str, type[ChatHandler]]]:
    handler = type("Handler", (ChatHandler,), {"bodies": [], "keys": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def agents_file(tmp_path: Path) -> str:
    path = tmp_path / "agents.py"
    path.write_text(AGENTS)
    return str(path)


def request(text: str, *files: Path, earlier: tuple[AgentTurn, ...] = ()) -> AgentRequest:
    return AgentRequest(AgentTurn(text, files), earlier, "conversation")


async def test_a_function_gets_the_request_its_files_and_the_turns_before(agents_file: str) -> None:
    short, long = (load_foreign_agent(f"{agents_file}:{name}") for name in ("short", "long"))
    photo = SAMPLES["photo"]
    earlier = (AgentTurn("hello", (), "Hi!"),)

    assert await short(request("look", photo)) == AgentReply(text=f"look: ['{photo.name}']")
    reply = await long(request("and now?", photo, earlier=earlier))
    assert (reply.text, reply.files) == ("Hi! / and now?", [photo])


@pytest.mark.parametrize(
    ("name", "message"), [("wrong", "type 'int'"), ("misspelt", "(?s)no reply.*test")]
)
async def test_a_function_that_returns_something_else_is_told_what_is_allowed(
    agents_file: str, name: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        await load_foreign_agent(f"{agents_file}:{name}")(request("look"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "is not an agent"),
        ("no_such_module:answer", "there is no module 'no_such_module'"),
        ("json:answer", "'json' has no function 'answer'"),
        ("there.py:answer", "there is no file 'there.py'"),
        ("http://127.0.0.1/ask", "it is not known how to ask"),
    ],
)
def test_an_unknown_agent_is_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_foreign_agent(name)


async def test_a_foreign_chat_endpoint_is_evaluated_by_what_it_shows(
    tmp_path: Path, chat_server: tuple[str, type[ChatHandler]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, handler = chat_server
    monkeypatch.setenv("BATUTA_EVAL_KEY", "secret-key")
    arguments = {"agent": f"{url}/v1/chat/completions", "agent_model": "tiny", "kind": "image"}

    log = await run_suite(SuiteOptions("answers", arguments, 3), tmp_path / "runs", resume=False)

    assert log.status == "success"
    scores = {entry.sample: entry.value for entry in scores_of(log)["answered_rightly"]}
    assert scores == {"image-01": 0, "image-02": 1, "image-03": 0}
    assert set(scores_of(log)) == {"answered_rightly", "reads_well"}
    (right,) = (sample for sample in log.samples or [] if sample.id == "image-02")
    attempt = attempt_of_sample(right)
    assert (attempt.spent.input_tokens, attempt.spent.language_model_calls) == (20, 1)
    assert [content.type for content in right.messages[-1].content] == ["text", "image"]  # type: ignore[union-attr]
    assert handler.bodies[0]["model"] == "tiny"
    assert handler.keys[0] == "Bearer secret-key"
    assert b"secret-key" not in Path(log.location).read_bytes()


async def test_an_endpoint_that_fails_has_failed_at_the_sample(
    tmp_path: Path, chat_server: tuple[str, type[ChatHandler]]
) -> None:
    arguments = {"agent": f"{chat_server[0]}/v2/chat/completions", "kind": "image"}

    log = await run_suite(SuiteOptions("answers", arguments, 1), tmp_path / "runs", resume=False)

    (entry,) = scores_of(log)["answered_rightly"]
    assert (entry.value, entry.failure) == (0, "tool")
    assert "answered with 404" in attempt_of_sample((log.samples or [])[0]).error


async def test_turns_before_are_sent_as_messages(
    chat_server: tuple[str, type[ChatHandler]],
) -> None:
    url, handler = chat_server
    agent = load_foreign_agent(f"{url}/v1/chat/completions")

    await agent(request("and now?", earlier=(AgentTurn("hello", (SAMPLES["speech"],), "Hi!"),)))

    (body,) = handler.bodies
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][0]["content"][1]["input_audio"]["format"] == "wav"
    assert body["messages"][2]["content"] == "and now?"
    assert "model" not in body


def test_media_of_a_message_are_read_from_every_usual_form() -> None:
    data = base64.b64encode(b"picture").decode()
    url = f"data:image/png;base64,{data}"

    text, files = read_message(
        {
            "content": f"Look: ![it]({url})",
            "images": [{"type": "image_url", "image_url": {"url": url}}],
            "audio": {"data": data, "transcript": "not needed"},
        }
    )

    assert (text, files) == ("Look:", [b"picture"] * 3)
    with pytest.raises(EndpointError, match="only data URIs"):
        read_message({"images": [{"image_url": {"url": "https://elsewhere/cat.png"}}]})


async def test_batutas_own_api_is_asked_in_one_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    file = tmp_path / "red.png"
    file.write_bytes(picture())
    async with serve(tmp_path) as api:
        agent = load_foreign_agent(f"{api.url}/v1/runs")
        painted = await agent(request("paint it"))
        again = await agent(request("again"))
        read = await agent(request("how red", file))
        with pytest.raises(EndpointError, match="ended in the state 'failed'"):
            await agent(request("nonsense"))

    assert (painted.text, len(painted.files)) == ("Here: [red]", 1)
    assert isinstance(painted.files[0], bytes)
    assert painted.files[0].startswith(b"\x89PNG")
    assert again.text.startswith("It was ")
    assert (read.text, read.calls) == ("It is 200.", 1)
    assert painted.plan.startswith("red = paint(")
