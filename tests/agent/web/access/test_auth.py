import base64
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from agent.web.access.auth import COOKIE, AuthMiddleware, visitor_of
from agent.web.access.logins import Logins, hash_password
from agent.web.access.origin_check import check_bind_address
from agent.web.store.visitors import Visitors
from tools.errors import InputError

HASHES = {"ann": hash_password("correct horse"), "bob": hash_password("battery staple")}


def inside(visitors: Visitors) -> FastAPI:
    """A page that tells who comes."""
    app = FastAPI()

    @app.get("/who")
    def who(request: Request) -> str:
        return visitor_of(visitors, request).id

    @app.post("/act")
    def act() -> str:
        return "done"

    @app.get("/headers")
    def headers(request: Request) -> dict[str, str]:
        return dict(request.headers)

    return app


def open_doors(folder: Path, hashes: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    visitors = Visitors(folder)
    host = "0.0.0.0" if hashes else "127.0.0.1"
    middleware = AuthMiddleware(
        inside(visitors), visitors=visitors, host=host, logins=Logins(hashes or {})
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(middleware), base_url="http://127.0.0.1:7860"
    )


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    async with open_doors(tmp_path) as client:
        yield client


async def test_a_browser_is_known_again_by_its_cookie(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/who")
    second = await browser.get("/who")

    assert first.json() == second.json()
    told = first.headers["set-cookie"]
    assert "HttpOnly" in told
    assert "SameSite=Lax" in told
    assert "set-cookie" not in second.headers
    assert browser.cookies[COOKIE] not in first.json()


async def test_a_cookie_that_was_made_up_is_replaced(browser: httpx.AsyncClient) -> None:
    browser.cookies[COOKIE] = "short"

    assert "set-cookie" in (await browser.get("/who")).headers


async def test_another_name_for_this_address_is_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/who", headers={"host": "evil.example:7860"})

    assert answer.status_code == 421


@pytest.mark.parametrize(
    "told", ["", "ann:wrong", "eve:correct horse", "ann", "Bearer x", "not base64"]
)
async def test_without_the_right_login_nobody_comes_in(told: str, tmp_path: Path) -> None:
    async with open_doors(tmp_path, HASHES) as client:
        code = base64.b64encode(told.encode()).decode() if ":" in told else told
        answer = await client.get("/who", headers={"authorization": f"Basic {code}"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_who_logs_in_is_the_same_visitor_in_every_browser(tmp_path: Path) -> None:
    async with open_doors(tmp_path, HASHES) as client, open_doors(tmp_path, HASHES) as other:
        ann = await client.get("/who", auth=("ann", "correct horse"))
        again = await other.get("/who", auth=("ann", "correct horse"))
        bob = await client.get("/who", auth=("bob", "battery staple"))

    assert ann.json() == again.json() != bob.json()
    assert "set-cookie" not in ann.headers


def test_other_machines_need_a_login() -> None:
    with pytest.raises(InputError, match="can be reached from other machines"):
        check_bind_address("0.0.0.0", Logins({}))
    check_bind_address("0.0.0.0", Logins(HASHES))
    check_bind_address("127.0.0.1", Logins({}))


async def test_too_many_wrong_passwords_are_told_to_wait(tmp_path: Path) -> None:
    async with open_doors(tmp_path, HASHES) as client:
        statuses = [
            (await client.get("/who", auth=("ann", f"guess {number}"))).status_code
            for number in range(4)
        ]
        waiting = await client.get("/who", auth=("ann", "correct horse"))

    assert statuses == [401, 401, 401, 429]
    assert waiting.status_code == 429
    assert waiting.headers["retry-after"] == "1"
    assert waiting.text == "Too many wrong passwords: wait 1 seconds."


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://localhost:9999"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://[::1"},
        {"origin": "http://127.0.0.1:7860.evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
    ],
)
async def test_another_page_cannot_drive_the_chat(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    posted = await browser.post("/act", content=b"{}", headers=headers)

    assert posted.status_code == 403
    assert "access-control-allow-origin" not in posted.headers


@pytest.mark.parametrize("mode", ["no-cors", "cors", "same-origin"])
async def test_another_page_cannot_embed_what_the_chat_shows(
    browser: httpx.AsyncClient, mode: str
) -> None:
    told = {"sec-fetch-site": "same-site", "sec-fetch-mode": mode}

    assert (await browser.get("/who", headers=told)).status_code == 403


async def test_a_link_on_another_page_leads_to_the_chat(browser: httpx.AsyncClient) -> None:
    told = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}

    assert (await browser.get("/who", headers=told)).status_code == 200


async def test_the_chats_own_page_may_act(browser: httpx.AsyncClient) -> None:
    told = {"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}

    assert (await browser.post("/act", headers=told)).json() == "done"
    assert (await browser.post("/act")).json() == "done"  # no browser leaves the origin out


async def test_a_preflight_request_is_refused(browser: httpx.AsyncClient) -> None:
    told = {"origin": "http://localhost:9999", "access-control-request-method": "POST"}
    answer = await browser.options("/act", headers=told)

    assert answer.status_code == 403
    assert not any(name.startswith("access-control") for name in answer.headers)


async def test_what_is_inside_learns_of_no_forwarded_host(browser: httpx.AsyncClient) -> None:
    told = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    answer = await browser.get("/headers", headers=told | {"origin": "http://127.0.0.1:7860"})

    assert "evil.example" not in answer.text
    assert "origin" not in answer.json()


async def test_health_needs_no_login_and_makes_no_visitor(tmp_path: Path) -> None:
    async with open_doors(tmp_path, HASHES) as client:
        response = await client.get("/health")
        other_name = await client.get("/health", headers={"origin": "http://elsewhere"})

    assert (response.status_code, response.text) == (200, "ok")
    assert "set-cookie" not in response.headers
    assert other_name.status_code == 403
    assert not list(tmp_path.iterdir())
