"""Attacks on the page's server: files that a visitor did not upload, sessions of somebody else."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from gradio.queueing import Queue

from tests.agent.web.conftest import open_chat
from tests.agent.web.served import FILE_META, Guest, Served, file_object, serve_chat

# Libraries warn of each other in the server that runs in this process.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

SECRET = "the combination is 4711"


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Served]:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    async with serve_chat(open_chat(tmp_path / "home")) as served:
        yield served


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "passwd"
    path.write_text(SECRET)
    return path


async def leak_of(served: Served, guest: Guest) -> str:
    """What the server has read for the guest's last request."""
    try:
        async with asyncio.timeout(5):
            return await guest.messages() + served.traces()
    except TimeoutError:
        return served.traces()


def file_objects(path: Path) -> list[object]:
    named = str(path)
    dotted = f"{path.parent}/x/../{path.name}"
    return [
        file_object(named),
        {"path": named},
        file_object(dotted),
        file_object(f"file://{named}"),
        file_object(named, url="http://127.0.0.1:1/x.txt"),
        file_object("http://127.0.0.1:1/x.txt"),
        file_object("x.txt", url=f"file://{named}"),
        {"url": f"file://{named}", "meta": FILE_META},
        {"path": [named], "meta": FILE_META},
        {"path": named, "meta": FILE_META, "is_stream": True},
        [file_object(named)],
        {"file": file_object(named)},
        {"video": file_object(named), "subtitles": None},
        {"background": file_object(named), "layers": [file_object(named)], "composite": None},
    ]


@pytest.mark.parametrize("kind", range(14))
async def test_a_path_of_the_server_is_no_upload(served: Served, secret: Path, kind: int) -> None:
    async with served.visit() as guest:
        response = await guest.send("hello", file_objects(secret)[kind])
        leaked = await leak_of(served, guest) if response.is_success else ""

    assert (response.status_code, SECRET in leaked) == (403, False)
    assert served.conversations() == []


async def test_neither_the_camera_nor_a_choice_takes_a_path(served: Served, secret: Path) -> None:
    async with served.visit() as guest:
        camera = await guest.send("hello", camera=file_object(str(secret)))
        choice = await guest.join("choose", file_object(str(secret)))

    assert (camera.status_code, choice.status_code) == (403, 403)


async def test_an_upload_of_another_visitor_is_refused(served: Served, secret: Path) -> None:
    async with served.visit() as owner, served.visit() as thief:
        upload = await owner.upload(secret)
        stolen = await thief.send("hello", file_object(upload))
        fetched = await thief.client.get(f"/gradio_api/file={upload}")
        own = await owner.client.get(f"/gradio_api/file={upload}")

    assert (stolen.status_code, fetched.status_code) == (403, 403)
    assert own.text == SECRET


async def test_an_upload_is_known_by_an_id_and_by_no_path(served: Served, secret: Path) -> None:
    async with served.visit() as guest:
        upload = await guest.upload(secret)
        stored = next((served.chat.runs.folder.parent / "uploads").rglob("passwd"))
        by_path = await guest.send("hello", file_object(str(stored)))
        by_id = await guest.send("hello", file_object(upload))
        await leak_of(served, guest)

    assert str(stored.parent) not in upload
    assert (by_path.status_code, by_id.status_code) == (403, 200)
    (conversation,) = served.conversations()
    assert conversation.files == {"text1": "passwd"}


async def test_an_id_is_refused_once_its_file_is_a_link(served: Served, secret: Path) -> None:
    async with served.visit() as guest:
        upload = await guest.upload(secret)
        stored = next((served.chat.runs.folder.parent / "uploads").rglob("passwd"))
        stored.unlink()
        stored.symlink_to(secret)
        response = await guest.send("hello", file_object(upload))

    assert response.status_code == 403


async def test_a_trace_of_another_conversation_is_refused(served: Served, secret: Path) -> None:
    async with served.visit() as owner, served.visit() as thief:
        await owner.send("hello")
        await owner.messages()
        trace = next(served.chat.runs.folder.rglob("events.jsonl"))
        response = await thief.send("hello", file_object(str(trace)))

    assert response.status_code == 403


async def test_no_statistics_of_events_are_computed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    summaries: list[object] = []
    monkeypatch.setattr(Queue, "_get_df", staticmethod(summaries.append))
    async with served.visit() as guest:
        for _ in range(2):
            await guest.send("hello")
            await guest.messages()

    assert summaries == []


@pytest.mark.parametrize(
    "route",
    [
        "/gradio_api/run/ask",
        "/gradio_api/api/ask",
        "/gradio_api/call/ask",
        "/gradio_api/call/v2/ask",
        "/gradio_api/component_server",
        "/gradio_api/process_recording",
        "/gradio_api/stream/1",
        "/gradio_api/reset",
        "/gradio_api/cancel",
        "/gradio_api/queue/join/",
        "/gradio_api/vibe-edit/",
        "/login",
    ],
)
async def test_no_other_route_of_gradio_takes_data(
    served: Served, secret: Path, route: str
) -> None:
    async with served.visit() as guest:
        data = [{"text": "hello", "files": [file_object(str(secret))]}, None]
        response = await guest.client.post(route, json={"data": data, "session_hash": "s"})

    assert response.status_code == 404


@pytest.mark.parametrize(
    "route",
    [
        "/gradio_api/file={path}",
        "/gradio_api/file/{path}",
        "/file={path}",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/gradio_api/file=http://127.0.0.1:1/",
        "/gradio_api/stream/s/r/1/playlist.m3u8",
        "/gradio_api/openapi.json",
        "/openapi.json",
        "/gradio_api/info",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/queue/status",
    ],
)
async def test_no_other_route_of_gradio_gives_data(
    served: Served, secret: Path, route: str
) -> None:
    async with served.visit() as guest:
        response = await guest.client.get(route.format(path=secret))

    assert response.status_code in (403, 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 100_000, 400),
        (b'{"data": [' + b"[" * 500 + b"]" * 500 + b"]}", 400),
        (b'{"data": ["' + b"a" * 2_100_000 + b'"]}', 413),
        (b"\xff\xfe", 400),
    ],
)
async def test_a_body_that_is_no_small_json_object_is_refused(
    served: Served, body: bytes, status: int
) -> None:
    async with served.visit() as guest:
        kind = {"content-type": "application/json"}
        response = await guest.client.post("/gradio_api/queue/join", content=body, headers=kind)

    assert response.status_code == status


async def test_of_two_equal_keys_the_one_that_was_checked_counts(
    served: Served, secret: Path
) -> None:
    async with served.visit() as guest:
        upload = await guest.upload(secret)
        twice = f'"path": "{upload}", "path": "{secret}", "meta": {{"_type": "gradio.FileData"}}'
        value = f'{{"text": "hello", "files": [{{{twice}}}]}}'
        body = f'{{"data": [{value}, null], "fn_index": 1, "session_hash": "s"}}'
        kind = {"content-type": "application/json"}
        response = await guest.client.post("/gradio_api/queue/join", content=body, headers=kind)

    assert response.status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"fn_index": 9_999},
        {"fn_index": -1},
        {"fn_index": None},
        {"fn_index": "ask"},
        {"fn_index": True},
        {},
        {"fn_index": 1, "data": "text"},
        {"fn_index": 1, "data": {"0": 1}},
        {"fn_index": 1, "data": None},
    ],
)
async def test_a_body_that_names_no_function_is_refused(
    served: Served, fields: dict[str, object]
) -> None:
    async with served.visit() as guest:
        body = {"data": [None], "session_hash": "s", **fields}
        response = await guest.client.post("/gradio_api/queue/join", json=body)

    assert 400 <= response.status_code < 500


async def stolen(thief: Guest, session: str) -> str:
    """What a visitor gets with the session of another: from events, following and leaving."""
    thief.session = session
    received = ""
    for route in (f"queue/data?session_hash={session}", f"heartbeat/{session}"):
        async with thief.client.stream("GET", f"/gradio_api/{route}") as response:
            async for line in response.aiter_lines():
                received += line
                break
    await thief.send("both")
    return received + await thief.messages()


async def test_a_session_belongs_to_the_visitor_who_began_it(served: Served) -> None:
    async with served.visit() as owner, served.visit() as thief:
        await owner.join("stream")
        await owner.send("hello")
        received = await stolen(thief, owner.session)
        owned = await owner.messages()

    assert "hello" not in received
    assert "process_generating" in owned
    assert "both" not in owned
    assert sorted(talk.title for talk in served.conversations()) == ["both", "hello"]


async def test_a_session_stays_its_visitors_when_another_opens_very_many(served: Served) -> None:
    async with served.visit() as owner, served.visit() as thief:
        await owner.join("stream")
        await owner.send("hello")
        for number in range(120):
            thief.session = f"flood{number}"
            await thief.join("choose")
        received = await stolen(thief, owner.session)
        owned = await owner.messages()

    assert "hello" not in received
    assert "process_generating" in owned
    assert "both" not in owned


async def test_a_visitor_with_very_many_sessions_loses_the_oldest(served: Served) -> None:
    async with served.visit() as guest:
        first = guest.session
        await guest.join("stream")
        for number in range(80):
            guest.session = f"more{number}"
            await guest.join("choose")
        guest.session = first
        answer = await guest.client.get(f"/gradio_api/queue/data?session_hash={first}")

    assert answer.status_code == 404
