"""Runs through a server on a port: start, follow, stop, decide, resume."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.record.journal import Run
from tests.agent.server.conftest import Api, base64_of, data_uri, events_of, picture, serve

pytestmark = pytest.mark.slow


async def test_a_run_answers_with_links_to_its_artifacts(api: Api) -> None:
    run = await api.run("paint")

    assert run["state"] == "done"
    assert run["answer"] == "Here: [red]"
    assert run["plan"] == 'red = paint(200, ms=1)\nsay("Here: {red}")\n'
    (result,) = run["results"]
    (link,) = result["artifacts"]
    content = await api.client.get(link["url"])
    assert content.headers["content-type"] == "image/png"
    assert content.content.startswith(b"\x89PNG")


async def test_files_are_named_in_order_in_json_and_in_forms(api: Api) -> None:
    files = [{"name": "a.png", "data": base64_of(picture(10))}, {"data": data_uri(picture(20))}]
    as_json = await api.run("both", files=files)
    parts = [("files", ("a.png", picture(30))), ("files", ("b.png", picture(40)))]
    started = await api.client.post("/v1/runs", data={"request": "both"}, files=parts)
    as_form = await api.until_ended(started.json()["id"])

    assert as_json["answer"] == "10 and 20"
    assert as_form["answer"] == "30 and 40"
    assert [file["name"] for file in as_form["files"]] == ["image1", "image2"]


async def test_an_artifact_of_an_earlier_run_can_be_a_file(api: Api) -> None:
    painted = await api.run("paint")
    digest = painted["results"][0]["artifacts"][0]["digest"]

    run = await api.run("how red", files=[{"artifact": digest}])

    assert run["answer"] == "It is 200."


async def test_names_live_on_in_a_conversation_and_nowhere_else(api: Api) -> None:
    await api.run("paint", conversation="ours")
    again = await api.run("again", conversation="ours")
    elsewhere = await api.run("again", conversation="another")

    assert again["answer"] == "It was 200."
    assert again["conversation"] == "ours"
    assert elsewhere["state"] == "failed"


async def test_a_given_plan_runs_with_a_seed(api: Api) -> None:
    started = await api.client.post(
        "/v1/runs", json={"plan": "lot = draw_lots()\nsay(lot)", "seed": 41}
    )
    run = await api.until_ended(started.json()["id"])

    assert run["answer"] == "41"
    assert run["seed"] == 41


async def test_a_failed_run_says_why(api: Api) -> None:
    run = await api.run("crash")

    assert run["state"] == "failed"
    assert "ZeroDivisionError: no luck" in run["error"]["message"]


async def test_events_can_be_followed_and_gone_on_with(api: Api) -> None:
    run = await api.run("count")
    address = f"/v1/runs/{run['id']}/events"
    everything = events_of((await api.client.get(address)).text)
    kinds = [kind for _, kind, _ in everything]
    third = [number for number, _, _ in everything if number][2]

    rest = events_of((await api.client.get(address, headers={"last-event-id": str(third)})).text)

    assert kinds[0] == "RunStarted"
    assert kinds[-2:] == ["RunFinished", "end"]
    recorded = [number for number, _, _ in everything if number]
    assert recorded == list(range(1, len(recorded) + 1))
    assert rest == [event for event in everything if event[0] > third or event[1] == "end"]


async def test_live_events_include_progress_and_two_readers_see_the_same(api: Api) -> None:
    started = (await api.client.post("/v1/runs", json={"request": "count"})).json()
    address = f"/v1/runs/{started['id']}/events"

    first, second = await asyncio.gather(api.client.get(address), api.client.get(address))

    assert first.text == second.text
    kinds = [kind for _, kind, _ in events_of(first.text)]
    assert "PlanText" in kinds
    assert "CommandProgress" in kinds


async def test_a_run_can_be_stopped_while_it_works(api: Api) -> None:
    started = (await api.client.post("/v1/runs", json={"request": "slow"})).json()
    await api.until_working(started["id"])

    stopped = (await api.client.post(f"/v1/runs/{started['id']}/stop")).json()

    assert stopped["state"] == "stopped"
    events = events_of((await api.client.get(f"/v1/runs/{started['id']}/events")).text)
    assert events[-2][1:] == ("RunFinished", {**events[-2][2], "state": "stopped"})


async def test_a_queued_run_can_be_stopped(api: Api) -> None:
    # A key that is alone gets all four slots.
    slow = [(await api.client.post("/v1/runs", json={"request": "slow"})).json() for _ in range(5)]
    await api.until_working(slow[0]["id"])

    queued = (await api.client.get(f"/v1/runs/{slow[4]['id']}")).json()
    stopped = (await api.client.post(f"/v1/runs/{slow[4]['id']}/stop")).json()

    assert (queued["state"], queued["queue_position"]) == ("queued", 1)
    assert stopped["state"] == "stopped"


@pytest.mark.parametrize(
    ("decision", "state", "answer"),
    [
        ({}, "done", "Here: [red]"),
        ({"plan": 'say("Another plan.")'}, "done", "Another plan."),
        ({"decision": "refuse"}, "failed", ""),
    ],
)
async def test_a_plan_waits_for_a_decision(
    api: Api, decision: dict[str, str], state: str, answer: str
) -> None:
    waiting = await api.run("paint", ask_first=True)
    decided = await api.client.post(f"/v1/runs/{waiting['id']}/approve", json=decision)
    run = await api.until_ended(waiting["id"])

    assert waiting["state"] == "waiting"
    assert waiting["estimate"]["unknown"] == ["paint"]
    assert decided.status_code == 200
    assert (run["state"], run["answer"]) == (state, answer)


async def test_a_wrong_plan_is_no_decision_and_the_run_still_waits(api: Api) -> None:
    waiting = await api.run("paint", ask_first=True)

    refused = await api.client.post(f"/v1/runs/{waiting['id']}/approve", json={"plan": "x = y"})

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "plan_error"
    assert (await api.until_ended(waiting["id"]))["state"] == "waiting"


async def test_only_a_waiting_run_takes_a_decision(api: Api) -> None:
    run = await api.run("hello")

    response = await api.client.post(f"/v1/runs/{run['id']}/approve")

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "run_not_waiting"


async def test_the_same_idempotency_key_starts_one_run(api: Api) -> None:
    body = {"request": "paint", "files": [{"data": base64_of(picture())}]}

    async def post(body: dict[str, Any], key: str = "one") -> httpx.Response:
        return await api.client.post("/v1/runs", json=body, headers={"idempotency-key": key})

    first, second = await asyncio.gather(post(body), post(body))
    other_key = await post(body, "two")
    other_body = await post({"request": "hello"})

    assert sorted((first.status_code, second.status_code)) == [200, 201]
    assert first.json()["id"] == second.json()["id"] != other_key.json()["id"]
    assert other_body.status_code == 409
    assert other_body.json()["error"]["code"] == "idempotency_key_reused"


async def test_too_many_runs_are_told_when_to_come_back(small_api: Api) -> None:
    for _ in range(3):
        await small_api.client.post("/v1/runs", json={"request": "slow"})

    response = await small_api.client.post("/v1/runs", json={"request": "slow"})

    assert response.status_code == 429
    assert response.headers["retry-after"] == "5"
    assert response.json()["error"]["type"] == "rate_limit_error"
    runs = (await small_api.client.get("/v1/runs")).json()["data"]
    await small_api.client.post(f"/v1/runs/{runs[0]['id']}/stop")
    assert (await small_api.client.post("/v1/runs", json={"request": "hello"})).status_code == 201


async def test_a_conversation_takes_one_request_at_a_time(api: Api) -> None:
    body = {"request": "slow", "conversation": "ours"}
    await api.client.post("/v1/runs", json=body)

    response = await api.client.post("/v1/runs", json=body)

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "conversation_busy"


async def test_runs_are_listed_latest_first_in_pages(api: Api) -> None:
    ids = [(await api.run("hello"))["id"] for _ in range(3)]
    ids.sort(reverse=True)

    first = (await api.client.get("/v1/runs", params={"limit": 2})).json()
    second = (await api.client.get("/v1/runs", params={"limit": 2, "after": ids[1]})).json()

    assert [run["id"] for run in first["data"]] == ids[:2]
    assert first["has_more"]
    assert [run["id"] for run in second["data"]] == ids[2:]
    assert not second["has_more"]


async def test_a_run_goes_on_after_a_restart_of_the_server(server_home: Path) -> None:
    plan = 'a = echo("a", ms=1)\nb = wait_at("gate")\nsay("{a} {b}")'
    async with serve(server_home) as api:
        started = (await api.client.post("/v1/runs", json={"plan": plan})).json()
        await api.until_working(started["id"])
        while "begin gate" not in api.log():
            await asyncio.sleep(0.01)
    (server_home / "gate").touch()

    async with serve(server_home) as api:
        run = await api.until_ended(started["id"])

    assert run["state"] == "done"
    assert run["answer"] == "a gate is open"
    assert api.log().count("begin a") == 1


async def test_a_stopped_run_is_not_taken_up_after_a_restart(server_home: Path) -> None:
    async with serve(server_home) as api:
        started = (await api.client.post("/v1/runs", json={"request": "slow"})).json()
        await api.until_working(started["id"])
        await api.client.post(f"/v1/runs/{started['id']}/stop")

    async with serve(server_home) as api:
        run = (await api.client.get(f"/v1/runs/{started['id']}")).json()

    assert run["state"] == "stopped"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({}, "empty_request", "neither a request nor a plan"),
        ({"request": 7}, "invalid_schema", "request: Input should be a valid string"),
        ({"request": "hello", "sead": 1}, "invalid_schema", "sead: Extra inputs"),
        ({"request": "hello", "seed": -1}, "invalid_schema", "seed: Input should be greater"),
        ({"request": "hello", "profile": "none"}, "input_error", "no profile 'none'"),
        ({"request": "x" * 4001}, "input_error", "4,001 characters; 4,000 are allowed"),
        ({"request": "hello", "files": [{}]}, "invalid_file", "either `data` or `artifact`"),
        (
            {"request": "hello", "files": [{"data": "https://example.org/a.png"}]},
            "url_not_allowed",
            "fetches nothing from others",
        ),
        (
            {"request": "hello", "files": [{"data": "file:///etc/passwd"}]},
            "url_not_allowed",
            "fetches nothing from others",
        ),
        ({"request": "hello", "files": [{"data": "/etc/pass"}]}, "invalid_base64", "not base64"),
        (
            {"request": "hello", "files": [{"artifact": "0" * 64}]},
            "artifact_not_found",
            "no artifact",
        ),
        (
            {"request": "hello", "files": [{"name": "a.png", "data": base64_of(b"no picture")}]},
            "input_error",
            "ends in '.png' but holds text",
        ),
        (
            {"request": "hello", "files": [{"data": base64_of(picture()[:50])}]},
            "input_error",
            "'upload'",
        ),
    ],
)
async def test_bad_input_is_refused_with_message_and_hint(
    api: Api, body: dict[str, Any], code: str, words: str
) -> None:
    response = await api.client.post("/v1/runs", json=body)

    error = response.json()["error"]
    assert response.status_code in (400, 404)
    assert error["code"] == code
    assert words in error["message"]
    assert error["hint"]
    assert (await api.run("hello"))["answer"] == "Hello!"


async def test_broken_json_and_other_types_are_refused(api: Api) -> None:
    broken = await api.client.post(
        "/v1/runs", content=b"{", headers={"content-type": "application/json"}
    )
    other = await api.client.post("/v1/runs", content=b"<a/>", headers={"content-type": "text/xml"})
    form = await api.client.post("/v1/runs", data={"request": "x", "files": "no file"}, files={})

    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "invalid_schema")
    assert (other.status_code, other.json()["error"]["code"]) == (415, "unsupported_media_type")
    assert form.status_code == 415


async def test_large_bodies_and_pictures_are_refused(small_api: Api) -> None:
    client = small_api.client
    announced = await client.post("/v1/runs", json={"request": "x" * 500_000})

    async def chunks() -> Any:
        yield b'{"request": "'
        for _ in range(50):
            yield b"x" * 10_000

    streamed = await client.post(
        "/v1/runs", content=chunks(), headers={"content-type": "application/json"}
    )
    wide = await client.post(
        "/v1/runs",
        json={"request": "how red", "files": [{"data": base64_of(picture(1, (200, 100)))}]},
    )
    many = [("files", (f"{number}.png", picture())) for number in range(4)]
    four = await client.post("/v1/runs", data={"request": "both"}, files=many)

    assert announced.status_code == streamed.status_code == 413
    assert announced.json()["error"]["code"] == "body_too_large"
    assert streamed.json()["error"]["message"] == "the body is larger than 400,000 bytes"
    assert wide.status_code == 400
    assert "20,000 pixels" in wide.json()["error"]["message"] or "10,000" in wide.text
    assert four.status_code == 400
    assert (await small_api.run("hello"))["answer"] == "Hello!"


async def test_a_client_that_stops_sending_is_not_waited_for(small_api: Api) -> None:
    reader, writer = await connect(small_api)
    head = "POST /v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n"
    writer.write(f'{head}content-type: application/json\r\n\r\n{{"request": "'.encode())

    response = (await reader.read()).decode()

    assert response.startswith("HTTP/1.1 408")
    assert '"code":"request_timeout"' in response
    writer.close()


async def connect(api: Api) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = api.url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


async def test_a_reader_that_leaves_or_does_not_read_harms_nobody(api: Api) -> None:
    started = (await api.client.post("/v1/runs", json={"request": "count"})).json()
    address = f"/v1/runs/{started['id']}/events"
    reader, writer = await connect(api)
    writer.write(f"GET {address} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
    await writer.drain()  # this one never reads
    async with api.client.stream("GET", address) as response:
        async for _ in response.aiter_lines():
            break  # this one leaves

    run = await api.until_ended(started["id"])

    assert run["state"] == "done"
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_unknown_paths_methods_and_runs_have_the_same_form_of_error(api: Api) -> None:
    for method, path, status in [
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/runs", 405),
        ("GET", "/v1/runs/20260101-000000-abcdef", 404),
        ("GET", "/v1/runs/..%2F..%2Fkeys", 404),
        ("GET", "/v1/runs/20260101-000000-abcdef/events", 404),
    ]:
        response = await api.client.request(method, path)
        assert response.status_code == status
        assert set(response.json()["error"]) == {"message", "hint", "type", "code", "param"}


async def test_a_run_that_crashed_twice_is_not_resumed(server_home: Path) -> None:
    async with serve(server_home) as api:
        started = (await api.client.post("/v1/runs", json={"request": "slow"})).json()
        await api.until_working(started["id"])
    (Run(server_home / "runs" / started["id"]).folder / "crashes").write_text("2")

    async with serve(server_home) as api:
        run = (await api.client.get(f"/v1/runs/{started['id']}")).json()

    assert run["state"] == "failed"
    assert "crashed twice" in run["error"]["message"]
    assert json.dumps(run)
