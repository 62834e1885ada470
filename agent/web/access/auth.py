"""ASGI middleware that authenticates: logins, the visitor's cookie, same-origin checks.

It wraps everything that is served. agent/web/access/gradio_gate.py then checks which files and
sessions a visitor may name.
"""

from __future__ import annotations

import math
from collections.abc import MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, cast

from agent.web.access.gradio_gate import VISITOR
from agent.web.access.logins import Logins, TooManyFailures
from agent.web.access.origin_check import allowed_hosts, is_allowed_host, is_same_origin
from agent.web.store.visitors import Visitor, Visitors, new_secret

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "batuta_visitor"
HEALTH = "/health"
"""Answered without a login and without a visitor."""
_YEAR_SECONDS = 365 * 24 * 3600
_SECRET = "batuta.secret"
_UNTRUSTED_HEADERS = (b"origin", b"x-forwarded-host", b"x-forwarded-server", b"forwarded")


class AuthMiddleware:
    """Refuse unauthenticated or foreign requests; add the visitor to the scope."""

    def __init__(self, app: ASGIApp, *, visitors: Visitors, host: str, logins: Logins) -> None:
        self._app = app
        self._visitors = visitors
        self._logins = logins
        self._hosts = allowed_hosts(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the page uses no WebSocket
        headers = {
            name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if not is_allowed_host(headers, self._hosts):
            await _answer(send, 421, "This host name is not served here.")
            return
        if not is_same_origin(scope["method"], headers):
            await _answer(send, 403, "Requests from other sites are not allowed.")
            return
        if scope["path"] == HEALTH and scope["method"] in ("GET", "HEAD"):
            await _answer(send, 200, "ok")
            return
        address = scope["client"][0] if scope.get("client") else "an unknown address"
        try:
            name = await self._logins.authenticate(headers.get("authorization", ""), address)
        except TooManyFailures as error:
            retry_after = (b"retry-after", str(math.ceil(error.wait_s)).encode())
            await _answer(send, 429, f"Too many wrong passwords: {error}.", retry_after)
            return
        if self._logins and name is None:
            challenge = (b"www-authenticate", b'Basic realm="Batuta", charset="UTF-8"')
            await _answer(send, 401, "A name and a password are needed.", challenge)
            return
        cookie = _cookie_of(headers.get("cookie", ""))
        secret = f"login {name}" if name else cookie or new_secret()
        # Gradio allows any origin on this machine (CORS) and trusts forwarded hosts, so neither
        # header reaches it.
        scope["headers"] = [
            pair for pair in scope["headers"] if pair[0].lower() not in _UNTRUSTED_HEADERS
        ]
        scope[_SECRET] = secret
        scope[VISITOR] = self._visitors.get(secret).id
        new_cookie = "" if name or cookie else secret
        await self._app(scope, receive, _with_cookie(send, new_cookie))


def visitor_of(visitors: Visitors, request: Any) -> Visitor:
    """Return the visitor of a request, Starlette's or Gradio's wrapper of it."""
    scope = cast("MutableMapping[str, Any]", getattr(request, "request", request).scope)
    return visitors.get(scope[_SECRET])


def _with_cookie(send: Send, new_cookie: str) -> Send:
    """Wrap `send` to set the cookie of a new visitor."""

    async def with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start" and new_cookie:
            attributes = f"Path=/; Max-Age={_YEAR_SECONDS}; HttpOnly; SameSite=Lax"
            value = f"{COOKIE}={new_cookie}; {attributes}"
            message["headers"] = [*message["headers"], (b"set-cookie", value.encode())]
        await send(message)

    return with_cookie


def _cookie_of(header: str) -> str:
    try:
        cookie = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie and len(cookie.value) >= 32 else ""


async def _answer(
    send: Send, status: int, message: str, *extra_headers: tuple[bytes, bytes]
) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *extra_headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": message.encode()})
