"""schemathesis sends what the OpenAPI document allows, and what it does not, to each route."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.agent.server.conftest import SMALL, serve
from tests.requirements import require_environment

pytestmark = pytest.mark.slow

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
]

# A body that is too large is refused before it is read.
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = [400, 404, 409, 413, 415, 422, 429]
"""


@pytest.mark.timeout(600)
async def test_responses_are_as_the_document_says_for_any_input(server_home: Path) -> None:
    program = require_environment("clients", "schemathesis")
    options = ["--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"]
    options += ["--max-examples", "15", "--seed", "1", "--max-time", "120", "--no-color"]
    options += ["--request-timeout", "60"]
    (server_home / "schemathesis.toml").write_text(CONFIGURATION)
    async with serve(server_home, SMALL) as api:
        process = await asyncio.create_subprocess_exec(
            str(program),
            "run",
            f"{api.url}/openapi.json",
            *options,
            cwd=server_home,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        health = await api.client.get("/health")

    assert process.returncode == 0, output.decode()
    assert health.status_code == 200
