"""Signed links to artifacts, for pages that show an answer and have no key.

A browser sends no key for `<img src=…>`. The signature in a link stands for the key of the client
that received the answer, for that one artifact. Deleting the secret, or the key,
invalidates the links.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import parse_qs

from agent.server.access.client_records import DIGEST
from agent.server.runs.file_inputs import ARTIFACT_PATH


class ArtifactLinks:
    """Sign and verify links with a secret of the server."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, client_id: str, digest: str) -> str:
        """Return the path and query of a link to an artifact of the client."""
        signature = self._signature(client_id, digest)
        return f"{ARTIFACT_PATH}{digest}?client={client_id}&signature={signature}"

    def verify(self, path: str, query: bytes, client_ids: Collection[str]) -> str | None:
        """Return the client whose valid link this is, or None."""
        digest = path.removeprefix(ARTIFACT_PATH)
        if not path.startswith(ARTIFACT_PATH) or not DIGEST.fullmatch(digest):
            return None
        fields = parse_qs(query.decode("latin-1"))
        client_id = fields.get("client", [""])[0]
        signature = fields.get("signature", [""])[0]
        expected = self._signature(client_id, digest)
        is_valid = hmac.compare_digest(expected.encode(), signature.encode())
        return client_id if is_valid and client_id in client_ids else None

    def _signature(self, client_id: str, digest: str) -> str:
        return hmac.digest(self._secret, f"{client_id}/{digest}".encode(), "sha256").hex()[:32]
