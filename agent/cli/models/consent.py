"""Ask on the terminal before something large is fetched."""

from __future__ import annotations

import sys

from tools.errors import Cancelled, InputError


def ask_for_consent(subject: str) -> None:
    """Return if the person agrees to fetch it; raise if not, or if nobody can be asked."""
    if not sys.stdin.isatty():
        raise InputError(
            f"{subject} would be fetched, which needs your consent",
            hint="run the command in a terminal, or with --yes",
        )
    if input(f"Fetch {subject}? [y/N] ").strip().casefold() not in ("y", "yes"):
        raise Cancelled("nothing was fetched", hint="choose another model or profile")
