"""A local Ray cluster and a front process, for benchmarks and tests of workers.

The models compute nothing: the tool `nap` sleeps, and the model `rows` takes as long for a batch as
for one item, as a GPU with room does. So two cores are enough to measure what Batuta and Ray add.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from agent.cluster.ray_address import RayAddress
from agent.runtime.agent_runtime import Settings

MODELS = """
import os
import time
from pathlib import Path
from tools import Model

def note(line):
    with Path(os.environ["BATUTA_BENCH_LOG"]).open("a") as log:
        log.write(line + "\\n")

class Sleeper(Model):
    @classmethod
    def load(cls, files, settings, device):
        note(f"process {os.getpid()}")
        return cls()

class Rows(Model):
    batched_methods = ("rows",)

    @classmethod
    def load(cls, files, settings, device):
        return cls()

    def rows(self, numbers):
        note(f"batch {len(numbers)}")
        time.sleep(0.05)
        return list(numbers)
"""
TOOLS = '''
import time
import PIL.Image
from bench_models import Rows, Sleeper, note
from tools import Image, check_stop, tool

def work(text, ms):
    note(f"begin {text}")
    end_time = time.monotonic() + ms / 1000
    while (rest := end_time - time.monotonic()) > 0:
        check_stop()
        time.sleep(min(rest, 0.05))
    note(f"end {text}")

@tool(cache=False)
def nap(model: Sleeper, text: str, ms: int) -> str:
    """Sleep and return the text."""
    work(text, ms)
    return text

@tool(cache=False)
def paint(model: Sleeper, number: int, ms: int) -> Image:
    """Return an image of one colour."""
    work(f"run{number} paint", ms)
    return Image(PIL.Image.new("RGB", (64, 64), (number, 0, 0)))

@tool(cache=False)
def redness(model: Sleeper, image: Image, ms: int) -> int:
    """Return how red an image is."""
    number = int(image.array()[0, 0, 0])
    work(f"run{number} redness", ms)
    return number

@tool(cache=False)
def nothing(model: Sleeper, number: int) -> int:
    """Take no time."""
    return number

@tool(cache=False)
def row(model: Rows, number: int) -> int:
    """Return the row of a number."""
    return model.rows([number])[0]
'''
CARD = """
[[model]]
id = "{name}"
tools = [{tools}]
adapter = "bench_models:{adapter}"
licence = "MIT"
commercial_use = true
quality = 1
quality_source = "none: it computes nothing"
limitations = "compute"
memory_bytes = 4000
repositories = [{{ sources = ["file:{folder}"], files = ["*.json"], bytes = 2 }}]
"""
PROFILE = """
summary = "models that compute nothing"
memory = 9000
language_model = "scripted:none"
sources = ["file"]
[models]
fill_sound = []
read_table = []
read_text = []
speak = []
track = []
"""
NAPS = "naps"
ROWS = "rows"
_PROFILES = {NAPS: "row = []\n", ROWS: "nap = []\nnothing = []\npaint = []\nredness = []\n"}
"""A profile for each model, so that the other has no replicas."""
_MODELS = {
    "nap/sleeper": ("Sleeper", '"nap", "nothing", "paint", "redness"'),
    "row/rows": ("Rows", '"row"'),
}
LOG_VARIABLE = "BATUTA_BENCH_LOG"
_MAIN = "from agent.cli.main import main; main()"
_START_SECONDS = 180


@dataclass(frozen=True)
class BenchHome:
    """A home folder with these models, and the log of what they do."""

    folder: Path

    def copy_to(self, folder: Path) -> Path:
        """Copy the cards and the profile to the home of another front process."""
        for name in ("catalogue", "profiles"):
            shutil.copytree(self.folder / name, folder / name)
        return folder

    @property
    def tool_file(self) -> Path:
        return self.folder / "bench_tools.py"

    @property
    def script(self) -> Path:
        """The replies of the scripted language model: none."""
        return self.folder / "replies.txt"

    @property
    def environment(self) -> Mapping[str, str]:
        """What processes need to find the home and to write the log."""
        return {
            "BATUTA_HOME": str(self.folder),
            LOG_VARIABLE: str(self.folder / "log"),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_SERVE_LOG_TO_STDERR": "0",
        }

    @classmethod
    def create(cls, folder: Path) -> BenchHome:
        """Write tools, models, cards and profiles into the folder."""
        home = cls(folder)
        for name in ("catalogue", "profiles", "empty"):
            (folder / name).mkdir(parents=True)
        (folder / "empty" / "config.json").write_text("{}")
        for name, models in _PROFILES.items():
            (folder / "profiles" / f"{name}.toml").write_text(PROFILE + models)
        (folder / "bench_models.py").write_text(MODELS)
        home.tool_file.write_text(TOOLS)
        home.script.write_text("")
        cards = [
            CARD.format(name=name, adapter=adapter, tools=tools, folder=folder / "empty")
            for name, (adapter, tools) in _MODELS.items()
        ]
        (folder / "catalogue" / "bench.toml").write_text("".join(cards))
        return home

    def settings(self, profile: str = NAPS) -> Settings:
        """Return the settings of an agent with this home."""
        return Settings(
            profile=profile,
            language_model=f"scripted:{self.script}",
            tool_files=(self.tool_file,),
            home=self.folder,
        )

    def log(self) -> list[str]:
        """Return what the models and tools have noted."""
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []

    def worker_processes(self) -> list[int]:
        """Return the ids of the processes that loaded the sleeper, the latest last."""
        return [int(line.split()[1]) for line in self.log() if line.startswith("process ")]


@contextmanager
def local_cluster(home: BenchHome) -> Generator[None]:
    """Run a cluster of two nodes with that home; set the environment to find it."""
    from ray.cluster_utils import Cluster  # pyright: ignore[reportMissingImports]

    before = dict(os.environ)
    path = [str(Path(__file__).parents[2]), str(home.folder), *_python_path()]
    os.environ.update(home.environment, PYTHONPATH=os.pathsep.join(path))
    sys.path.insert(0, str(home.folder))
    sizes = {"num_cpus": 2, "object_store_memory": 80_000_000}
    cluster = Cluster(initialize_head=True, head_node_args=sizes)
    try:
        cluster.add_node(**sizes)
        os.environ["RAY_ADDRESS"] = cluster.address
        yield
    finally:
        cluster.shutdown()
        sys.path.remove(str(home.folder))
        os.environ.clear()
        os.environ.update(before)


def stop_deployments() -> None:
    """Stop everything that Ray Serve runs on the cluster."""
    command = [sys.executable, "-m", "ray.serve.scripts", "shutdown", "--yes"]
    command += ["--address", os.environ["RAY_ADDRESS"]]
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class FrontProcess:
    """`batuta serve` in a process of its own."""

    home: BenchHome
    workers: str
    options: Sequence[str] = ()
    folder: Path | None = None
    """A home of its own, with the same cards; by default that of the workers."""
    port: int = field(default_factory=lambda: free_port())
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        RayAddress.parse(self.workers)
        command = [sys.executable, "-c", _MAIN, "serve", "--port", str(self.port)]
        command += ["--profile", NAPS, "--llm", f"scripted:{self.home.script}"]
        command += ["--tools", str(self.home.tool_file), "--workers", self.workers, *self.options]
        with (self.home.folder / "front.log").open("ab") as log:
            environment = {**os.environ, "BATUTA_HOME": str(self.folder or self.home.folder)}
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        end_time = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end_time:
                text = (self.home.folder / "front.log").read_text(errors="replace")
                raise RuntimeError(f"batuta serve did not start:\n{text[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health", timeout=5).is_success
        return False


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _python_path() -> list[str]:
    return list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
