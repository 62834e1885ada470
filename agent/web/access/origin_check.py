"""Check who can reach a server: its address, and the host and origin of each request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from tools.errors import InputError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Credentials(Protocol):
    """The logins or keys of a server; false if there are none."""

    noun: ClassVar[str]
    hint: ClassVar[str]
    """How to create one."""

    def __bool__(self) -> bool: ...


def check_bind_address(host: str, credentials: Credentials) -> None:
    """Raise InputError if other machines could connect without a login or key."""
    if host not in LOOPBACK and not credentials:
        raise InputError(
            f"{host!r} can be reached from other machines, and there is no {credentials.noun}; "
            f"without one only {', '.join(LOOPBACK)} are allowed",
            hint=credentials.hint,
        )


def allowed_hosts(host: str) -> frozenset[str] | None:
    """Return the host names served at an address; None if any name may lead to it."""
    return frozenset({host, *LOOPBACK}) if host in LOOPBACK else None


def is_allowed_host(headers: Mapping[str, str], allowed: frozenset[str] | None) -> bool:
    """Return whether the Host header names this server.

    Against DNS rebinding: another site may resolve its own name to 127.0.0.1.
    """
    return allowed is None or _host_of(headers.get("host", "")) in allowed


def is_same_origin(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether the request comes from this origin, a program or a plain navigation.

    Cookies ignore ports, so SameSite does not exclude pages on other ports of this host.
    """
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != headers.get("host", "").lower():
        return False
    if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return True
    # A link from another site may be followed; nothing may be embedded, read or posted.
    return method == "GET" and headers.get("sec-fetch-mode") == "navigate"


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # for example half of an IPv6 address
        return ""


def _host_of(header: str) -> str:
    return header.rpartition(":")[0].strip("[]") if ":" in header else header
