"""API keys: bearer tokens whose hashes stand in a file.

    notebook:scrypt$16384$8$1$c2FsdA==$aGFzaA==

A key holds its name, so that only one hash has to be verified: `batuta_` and the base64url form
of `name:secret`.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agent.web.access.logins import Logins, login_line, parse_logins
from tools.errors import InputError
from tools.home import home, make_private

KEY_PREFIX = "batuta_"
_KEY_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True)
class ApiKey:
    """A new key: the token for the client and the line for the server's file."""

    token: str
    line: str


class ApiKeys:
    """Authenticate bearer tokens; without keys only this machine may connect."""

    noun: ClassVar[str] = "key"
    hint: ClassVar[str] = "create a key with: batuta serve --new-key NAME"

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._logins = Logins(hashes)
        self.names = tuple(hashes)

    def __bool__(self) -> bool:
        return bool(self._logins)

    async def authenticate(self, authorization: str, address: str) -> str | None:
        """Return the key's name; raise TooManyFailures if the address must wait."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(KEY_PREFIX):
            return None
        encoded = token.removeprefix(KEY_PREFIX).encode()
        try:
            pair = base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
        except ValueError:
            return None
        return await self._logins.authenticate(f"Basic {base64.b64encode(pair).decode()}", address)


def default_key_file() -> Path:
    """Return the file of keys that is used when none is named."""
    return home() / "keys"


def create_key(name: str) -> ApiKey:
    """Create a key with a random secret; InputError for an invalid name."""
    if not _KEY_NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is not a valid key name",
            hint="use 1 to 40 letters, digits, dots, hyphens or underscores",
        )
    secret = secrets.token_urlsafe(32)
    encoded = base64.urlsafe_b64encode(f"{name}:{secret}".encode()).decode().rstrip("=")
    return ApiKey(KEY_PREFIX + encoded, login_line(name, secret))


def add_key(path: Path, name: str) -> str:
    """Add a new key to the file, readable by its owner only; return the token."""
    key = create_key(name)
    if name in (_read(path) if path.exists() else {}):
        raise InputError(
            f"{str(path)!r} has a key named {name!r} already",
            hint="choose another name, or delete the line of the old key first",
        )
    if path == default_key_file():
        make_private(path.parent)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a") as file:
        file.write(key.line + "\n")
    return key.token


def read_keys(path: Path | None) -> ApiKeys:
    """Return the keys of a file, by default those in the home folder, if any."""
    if path is None:
        path = default_key_file()
        if not path.exists():
            return ApiKeys({})
    return ApiKeys(_read(path))


def _read(path: Path) -> dict[str, str]:
    hint = "create a key with: batuta serve --new-key NAME --keys FILE"
    try:
        return parse_logins(path.read_text(encoding="utf-8"), f"{str(path)!r}")
    except InputError as error:
        raise InputError(error.message, hint=hint) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the keys in {str(path)!r} cannot be read: {error}", hint=hint) from error
