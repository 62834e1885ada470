"""Who may call the API, and what each key may see."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from agent.server.access.api_keys import ApiKeys, add_key, create_key, read_keys
from agent.web.access.origin_check import check_bind_address
from tests.agent.server.conftest import Api, base64_of, picture, serve
from tools.errors import InputError

pytestmark = pytest.mark.slow


@pytest.fixture
def tokens(server_home: Path) -> dict[str, str]:
    return {name: add_key(server_home / "keys", name) for name in ("ann", "bob")}


@pytest.fixture
async def locked(server_home: Path, tokens: dict[str, str]) -> AsyncGenerator[Api]:
    async with serve(server_home, keys=read_keys(None)) as api:
        yield api


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_without_a_valid_key_only_health_answers(locked: Api, tokens: dict[str, str]) -> None:
    wrong = create_key("ann").token
    for headers in ({}, bearer(wrong), bearer("batuta_!!"), bearer("sk-1"), {"authorization": "x"}):
        response = await locked.client.get("/v1/runs", headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "invalid_api_key"

    assert (await locked.client.get("/health")).json()["status"] == "ok"
    ann = await locked.client.get("/v1/runs", headers=bearer(tokens["ann"]))
    assert ann.status_code == 200


async def test_guessing_keys_is_slowed_down(locked: Api) -> None:
    statuses: list[int] = []
    for _ in range(4):
        response = await locked.client.get("/v1/runs", headers=bearer(create_key("ann").token))
        statuses.append(response.status_code)

    assert statuses == [401, 401, 401, 429]
    assert int(response.headers["retry-after"]) >= 1


async def test_each_key_sees_only_its_own_runs_artifacts_and_conversations(
    locked: Api, tokens: dict[str, str]
) -> None:
    ann, bob = (
        httpx.AsyncClient(base_url=locked.url, headers=bearer(tokens[name]), timeout=60)
        for name in ("ann", "bob")
    )
    async with ann, bob:
        files = [{"data": base64_of(picture(7))}]
        body = {"request": "paint", "conversation": "c", "files": files}
        run = (await ann.post("/v1/runs", json=body)).json()["id"]
        await locked.service.wait(run)
        painted = (await ann.get(f"/v1/runs/{run}")).json()
        digest = painted["results"][0]["artifacts"][0]["digest"]
        upload = painted["files"][0]["artifacts"][0]["digest"]

        assert (await bob.get("/v1/runs")).json()["data"] == []
        for path in (
            f"/v1/runs/{run}",
            f"/v1/runs/{run}/events",
            f"/v1/artifacts/{digest}",
            f"/v1/artifacts/{digest}/info",
            f"/v1/artifacts/{upload}",
        ):
            assert (await ann.get(path)).status_code == 200
            assert (await bob.get(path)).status_code == 404
        assert (await bob.post(f"/v1/runs/{run}/stop")).status_code == 404
        stolen = {"request": "how red", "files": [{"artifact": digest}]}
        assert (await bob.post("/v1/runs", json=stolen)).status_code == 404
        again = (await bob.post("/v1/runs", json={"request": "again", "conversation": "c"})).json()
        await locked.service.wait(again["id"])
        assert (await bob.get(f"/v1/runs/{again['id']}")).json()["state"] == "failed"


async def test_other_routes_name_nothing_of_another_key(
    locked: Api, tokens: dict[str, str]
) -> None:
    ann, bob = (
        httpx.AsyncClient(base_url=locked.url, headers=bearer(tokens[name]), timeout=60)
        for name in ("ann", "bob")
    )
    async with ann, bob:
        response = (await ann.post("/v1/responses", json={"input": "paint"})).json()
        link = response["output"][-1]["content"][0]["text"].partition("](")[2].partition(")")[0]
        unsigned = link.partition("?")[0]
        video = (await ann.post("/v1/videos", json={"prompt": "a red ball"})).json()["id"]
        image = {"type": "image_url", "image_url": {"url": unsigned}}
        parts = [{"type": "text", "text": "how red"}, image]
        chat = {"messages": [{"role": "user", "content": parts}]}

        assert (await ann.post("/v1/chat/completions", json=chat)).status_code == 200
        assert (await bob.post("/v1/chat/completions", json=chat)).status_code == 404
        assert (await bob.get(unsigned)).status_code == 404
        again = {"input": "again", "previous_response_id": response["id"]}
        assert (await bob.post("/v1/responses", json=again)).status_code == 404
        reference = {"prompt": "it moves", "input_reference": {"image_url": unsigned}}
        assert (await bob.post("/v1/videos", json=reference)).status_code == 404
        for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
            refused = await bob.request(method, f"/v1/videos/{video}{path}")
            assert (refused.status_code, refused.json()["error"]["code"]) == (
                404,
                "video_not_found",
            )
        assert (await bob.get("/v1/videos")).json()["data"] == []
        assert (await ann.delete(f"/v1/videos/{video}")).status_code == 200


async def test_the_same_content_does_not_reveal_how_another_key_made_it(
    locked: Api, tokens: dict[str, str]
) -> None:
    plan = {"request": "a secret wish", "plan": "red = paint(200, ms=1)\nsay(red)"}
    ann, bob = bearer(tokens["ann"]), bearer(tokens["bob"])
    run = (await locked.client.post("/v1/runs", json=plan, headers=ann)).json()["id"]
    await locked.service.wait(run)
    made = (await locked.client.get(f"/v1/runs/{run}", headers=ann)).json()
    address = made["results"][0]["artifacts"][0]["url"]
    content = (await locked.client.get(address, headers=ann)).content
    body = {"request": "hello", "files": [{"data": base64_of(content)}]}
    run = (await locked.client.post("/v1/runs", json=body, headers=bob)).json()["id"]
    await locked.service.wait(run)

    of_ann = (await locked.client.get(f"{address}/info", headers=ann)).json()
    of_bob = (await locked.client.get(f"{address}/info", headers=bob)).json()

    assert of_ann["lineage"]["command"] == "paint(200, ms=1)"
    assert of_ann["lineage"]["arguments"] == {"number": 200, "ms": 1}
    assert (of_bob["run"], of_bob["lineage"]) == ("", None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example:80"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, 403),
    ],
)
async def test_pages_of_other_sites_are_refused(
    api: Api, headers: dict[str, str], status: int
) -> None:
    response = await api.client.post("/v1/runs", json={"request": "hello"}, headers=headers)

    assert response.status_code == status
    assert response.json()["error"]["hint"]


def test_other_machines_need_a_key(server_home: Path) -> None:
    with pytest.raises(InputError, match="can be reached from other machines"):
        check_bind_address("0.0.0.0", ApiKeys({}))
    add_key(server_home / "keys", "ann")
    check_bind_address("0.0.0.0", read_keys(None))


def test_the_file_of_keys_holds_no_key_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    token = add_key(path, "ann")

    assert token.startswith("batuta_")
    assert token not in path.read_text()
    assert path.read_text().startswith("ann:scrypt$")
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(InputError, match="has a key named 'ann' already"):
        add_key(path, "ann")


@pytest.mark.parametrize("name", ["", "a:b", "a b", "x" * 41, "ä"])
def test_names_of_keys_are_plain(name: str) -> None:
    with pytest.raises(InputError, match="not a valid key name"):
        create_key(name)


def test_a_file_without_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("batuta_secret\n")

    with pytest.raises(InputError, match="line 1 of") as caught:
        read_keys(path)
    assert "batuta_secret" not in str(caught.value)
    with pytest.raises(InputError, match="cannot be read"):
        read_keys(tmp_path / "none")
