"""The limits of the API as settings."""

import pytest

from agent.server.server_limits import ServerLimits
from tools.errors import InputError


def test_settings_change_the_limits_of_each_key() -> None:
    limits = ServerLimits.parse(["runs_waiting=3", "compute_seconds=60"])

    assert (limits.runs_waiting, limits.compute_seconds, limits.active_runs) == (3, 60, 32)


def test_an_unknown_limit_names_those_that_exist() -> None:
    with pytest.raises(InputError, match=r"'pages=3' is not a limit.*active_runs"):
        ServerLimits.parse(["pages=3"])
