"""Logins: passwords hashed with scrypt, verified one at a time, with backoff.

    ann:scrypt$16384$8$1$c2FsdA==$aGFzaA==

A file or the environment variable BATUTA_LOGINS holds one such line per login, as `batuta login`
prints it. Passwords never appear on a command line, where other users could read them.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tools.errors import InputError

log = logging.getLogger(__name__)

ENVIRONMENT = "BATUTA_LOGINS"
MIN_PASSWORD_LENGTH = 8
_COST, _BLOCK, _PARALLEL = 1 << 14, 8, 1
_FREE_FAILURES = 3
"""Wrong passwords from one address before it has to wait."""
_MAX_WAIT_S = 60.0
_MAX_ADDRESSES = 10_000
_FORGET_AFTER_S = 3600.0


class TooManyFailures(Exception):  # noqa: N818  (a response, not an error)
    """The address must wait before it tries another password."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"wait {wait_s:.0f} seconds")
        self.wait_s = wait_s


@dataclass
class _Failures:
    count: int = 0
    next_at: float = 0.0
    last_at: float = 0.0


class Logins:
    """Authenticate visitors by name and password; without logins everybody may enter."""

    noun: ClassVar[str] = "login"
    hint: ClassVar[str] = "create a login with `batuta login NAME >> FILE` and pass --logins FILE"

    def __init__(
        self, hashes: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._hashes = dict(hashes)
        self._clock = clock
        self._failures: dict[str, _Failures] = {}
        # Hashing the password at every request would take longer than most requests.
        self._key = secrets.token_bytes(32)
        self._verified_digests: dict[str, bytes] = {}
        self._lock = asyncio.Lock()
        self._dummy_hash = hash_password(secrets.token_hex(16)) if hashes else ""

    def __bool__(self) -> bool:
        return bool(self._hashes)

    async def authenticate(self, authorization: str, address: str) -> str | None:
        """Return the authenticated name; raise TooManyFailures if the address must wait."""
        name, password = _parse_basic_auth(authorization)
        if not name:
            return None
        digest = hmac.digest(self._key, f"{name}:{password}".encode(), "sha256")
        if hmac.compare_digest(self._verified_digests.get(name, b""), digest):
            return name
        async with self._lock:  # one at a time, so that wrong passwords cannot exhaust the CPU
            self._check_wait(address)
            # An unknown name is compared too, so that both take the same time.
            expected = self._hashes.get(name, self._dummy_hash)
            is_correct = await asyncio.to_thread(verify_password, password, expected)
            if is_correct and name in self._hashes:
                self._verified_digests[name] = digest
                self._failures.pop(address, None)
                return name
            self._count_failure(name, address)
            return None

    def _check_wait(self, address: str) -> None:
        failures = self._failures.get(address)
        if failures and (wait_s := failures.next_at - self._clock()) > 0:
            raise TooManyFailures(wait_s)

    def _count_failure(self, name: str, address: str) -> None:
        now = self._clock()
        self._remove_expired(now)
        failures = self._failures.setdefault(address, _Failures())
        failures.count += 1
        failures.last_at = now
        if failures.count >= _FREE_FAILURES:
            failures.next_at = now + min(2.0 ** (failures.count - _FREE_FAILURES), _MAX_WAIT_S)
        # Level error, because the server logs nothing below it.
        log.error(
            "wrong password for login %r from %s, failure %d", name[:60], address, failures.count
        )

    def _remove_expired(self, now: float) -> None:
        expired = [
            key
            for key, failures in self._failures.items()
            if now - failures.last_at > _FORGET_AFTER_S
        ]
        for address in expired:
            del self._failures[address]
        while len(self._failures) >= _MAX_ADDRESSES:
            del self._failures[next(iter(self._failures))]


def read_logins(path: Path | None) -> dict[str, str]:
    """Return the password hashes by name, from file and environment."""
    hashes = parse_logins(
        os.environ.get(ENVIRONMENT, ""), f"the environment variable {ENVIRONMENT}"
    )
    if path is None:
        return hashes
    try:
        return hashes | parse_logins(path.read_text(encoding="utf-8"), f"{str(path)!r}")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the logins in {str(path)!r} cannot be read: {error}",
            hint="create the file with: batuta login NAME >> FILE",
        ) from error


def login_line(name: str, password: str) -> str:
    """Return a login's line; raise InputError for an invalid name or password."""
    if not name or not name.isprintable() or ":" in name or name != name.strip():
        raise InputError(
            f"{name!r} is not a valid login name",
            hint="choose a name without colons and without leading or trailing spaces",
        )
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InputError(
            f"the password has {len(password)} characters; it needs {MIN_PASSWORD_LENGTH} or more",
            hint="a few words are easy to remember and hard to guess",
        )
    return f"{name}:{hash_password(password)}"


def hash_password(password: str) -> str:
    """Return a salted scrypt hash of the password, with its parameters."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    encoded = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join(["scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), *encoded])


def verify_password(password: str, password_hash: str) -> bool:
    """Return whether the password matches the hash; takes about 50 ms."""
    cost, block, parallel, salt, digest = _parse_hash(password_hash)
    return hmac.compare_digest(_scrypt(password, salt, cost, block, parallel), digest)


def _parse_hash(password_hash: str) -> tuple[int, int, int, bytes, bytes]:
    scheme, cost, block, parallel, salt, digest = password_hash.split("$")
    if scheme != "scrypt":
        raise ValueError(scheme)
    parts = int(cost), int(block), int(parallel), base64.b64decode(salt), base64.b64decode(digest)
    if not (2 <= parts[0] <= 1 << 16 and 1 <= parts[1] <= 16 and 1 <= parts[2] <= 4 and parts[4]):
        raise ValueError(password_hash)
    return parts


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=1 << 28, dklen=32
    )


def parse_logins(text: str, source: str) -> dict[str, str]:
    """Return the password hashes by name from lines as `login_line` writes them."""
    hashes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, password_hash = line.strip().partition(":")
        try:
            _parse_hash(password_hash)
        except ValueError as error:
            # The message leaves out the line: it may be a password.
            raise InputError(
                f"line {number} of {source} is not a name and a password's hash",
                hint="create the line with: batuta login NAME",
            ) from error
        hashes[name] = password_hash
    return hashes


def _parse_basic_auth(header: str) -> tuple[str, str]:
    """Parse a Basic Authorization header; return empty strings if it is none."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
