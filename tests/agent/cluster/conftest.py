"""A profile of models without weights, and a local cluster of two nodes that runs them."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from agent.runtime.agent_runtime import Settings

PLUGINS = Path(__file__).parents[1] / "plugins"
WORKER_TOOLS = PLUGINS / "worker_tools.py"
ROOT = Path(__file__).parents[3]
CARD = """
[[model]]
id = "{name}"
tools = [{tools}]
adapter = "tests.agent.plugins.worker_models:{adapter}"
licence = "MIT"
commercial_use = true
quality = 1
quality_source = "how it was written"
limitations = "do more"
memory_bytes = 4000
repositories = [{{ sources = ["file:{folder}"], files = ["*.json"], bytes = 2 }}]
"""
PROFILE = """
summary = "models of the tests"
memory = 9000
language_model = "scripted:replies.txt"
sources = ["file"]
[models]
fill_sound = []
read_table = []
read_text = []
speak = []
track = []
"""
SLEEPER_TOOLS = ("nap", "noise", "infinite", "refuse_here", "crash_here", "process")


def write_home(home: Path) -> Settings:
    """Write cards and a profile into a home; return the settings that use them."""
    for folder in ("catalogue", "profiles", "tiny"):
        (home / folder).mkdir(parents=True)
    (home / "tiny" / "config.json").write_text("{}")
    (home / "profiles" / "workers.toml").write_text(PROFILE)
    (home / "replies.txt").write_text("")
    models = {
        "nap/sleeper": ("Sleeper", (*SLEEPER_TOOLS, "end_worker_once")),
        "square/squares": ("Squares", ("square",)),
        "lift/broken": ("Broken", ("lift",)),
    }
    (home / "catalogue" / "workers.toml").write_text(
        "".join(
            CARD.format(
                name=name,
                adapter=adapter,
                tools=", ".join(f'"{tool}"' for tool in tools),
                folder=home / "tiny",
            )
            for name, (adapter, tools) in models.items()
        )
    )
    return Settings(
        profile="workers",
        language_model=f"scripted:{home / 'replies.txt'}",
        tool_files=(WORKER_TOOLS,),
        home=home,
    )


@pytest.fixture
def worker_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a home of its own, whose tools run in this process."""
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    return write_home(tmp_path)


@dataclass(frozen=True)
class LocalCluster:
    """A Ray cluster of two nodes on this machine, with the home that its workers use."""

    home: Path
    settings: Settings
    url: str

    def log(self) -> list[str]:
        """Return what the models note."""
        path = self.home / "log"
        return path.read_text().splitlines() if path.exists() else []


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Generator[LocalCluster]:
    """A local cluster, which all tests share."""
    if find_spec("ray") is None:
        pytest.skip("needs Ray: pip install 'batuta[ray]'")
    from ray.cluster_utils import Cluster

    home = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BATUTA_HOME", str(home))
        environment.setenv("SLOW_TOOLS_LOG", str(home / "log"))
        environment.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *_python_path()]))
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.setenv("RAY_SERVE_LOG_TO_STDERR", "0")
        memory = 80_000_000
        nodes = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 2, "object_store_memory": memory},
        )
        nodes.add_node(num_cpus=2, object_store_memory=memory)
        environment.setenv("RAY_ADDRESS", nodes.address)
        try:
            options = f"http_port={free_port()}&cpus=0.5&batch=8&wait_ms=50"
            yield LocalCluster(home, write_home(home), f"ray://auto?{options}")
        finally:
            nodes.shutdown()


def _python_path() -> list[str]:
    return list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
