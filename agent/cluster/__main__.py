"""Deploy the request on standard input: `python -m agent.cluster`, in a process of its own.

A process that has joined a Ray cluster ends with it, so the front process does not join.
"""

from __future__ import annotations

import os
import sys

from agent.cluster.deployment_plan import DeploymentRequest
from agent.cluster.ray_deployments import deploy
from agent.cluster.worker_messages import TOKEN_VARIABLE
from tools.errors import BatutaError


def main() -> int:
    """Deploy, and print an error to standard error."""
    request = DeploymentRequest.model_validate_json(sys.stdin.read())
    try:
        deploy(request, os.environ.get(TOKEN_VARIABLE, ""))
    except BatutaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
