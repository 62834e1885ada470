"""URIs of artifacts, which clients read as resources and give as arguments."""

from __future__ import annotations

import re

ARTIFACT_URI = "batuta://artifacts/"

_URI = re.compile(rf"{re.escape(ARTIFACT_URI)}(?P<digest>[0-9a-f]{{64}})")


def artifact_uri(digest: str) -> str:
    return f"{ARTIFACT_URI}{digest}"


def digest_of_uri(uri: str) -> str:
    """Return the digest in the URI of an artifact; empty for anything else."""
    match = _URI.fullmatch(uri)
    return match["digest"] if match else ""
