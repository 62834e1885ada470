"""Facts about this machine: cores, memory, disk, programs, GPU, and a model hub.

No probe raises, and each has a time limit: a missing or broken part is a fact like the others.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx

from tools.models.download.programs import Program, find_program
from tools.operating_system import load_average, physical_memory_bytes, usable_cores

HUB_NAME = "Hugging Face"
_HUB_ENDPOINT = "https://huggingface.co"
_HUB_S = 3.0
_GPU_LIST_S = 5.0


@dataclass(frozen=True)
class Gpu:
    """The first GPU; without memory where torch cannot use it."""

    name: str
    memory_bytes: int

    @property
    def usable(self) -> bool:
        return self.memory_bytes > 0


@dataclass(frozen=True)
class Machine:
    """What this machine has."""

    python: str
    torch: str
    """The version of torch; empty where it cannot be imported."""
    cores: int
    load_average: float
    """Processes that used or waited for a core during the last minute."""
    memory_bytes: int
    home: Path
    home_writable: bool
    disk_free_bytes: int
    npm: Program
    chromium: Program
    gpu: Gpu | None


def probe_machine(home: Path) -> Machine:
    """Return the facts of this machine; `home` is Batuta's folder, which need not exist."""
    existing = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    torch = _torch_version()
    return Machine(
        python=platform.python_version(),
        torch=torch,
        cores=usable_cores(),
        load_average=round(load_average(), 1),
        memory_bytes=physical_memory_bytes(),
        home=home,
        home_writable=existing.is_dir() and os.access(existing, os.W_OK),
        disk_free_bytes=shutil.disk_usage(existing).free,
        npm=find_program("npm"),
        chromium=find_program("chromium"),
        gpu=_gpu_of_torch() if torch else None,
    )


def hub_answers(timeout_s: float = _HUB_S) -> bool:
    """Return whether the model hub answers in time."""
    answers: list[bool] = []
    # A thread, since the time limit of a request does not cover the lookup of the host's name.
    request = Thread(target=lambda: answers.append(_hub_responds(timeout_s)), daemon=True)
    request.start()
    request.join(timeout_s)
    return any(answers)


def hub_endpoint() -> str:
    """Return the address of the model hub: `HF_ENDPOINT`, or Hugging Face."""
    return (os.environ.get("HF_ENDPOINT") or _HUB_ENDPOINT).rstrip("/")


def _hub_responds(timeout_s: float) -> bool:
    try:
        response = httpx.head(hub_endpoint(), timeout=timeout_s, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return False
    return response.is_success


def quick_gpu() -> Gpu | None:
    """Return the first GPU, importing torch only where a driver lists one."""
    return _gpu_of_torch() if _gpu_of_driver() and _torch_version() else None


def _torch_version() -> str:
    try:
        import torch
    except (ImportError, OSError):  # OSError: a shared library of it is missing
        return ""
    return str(torch.__version__)


def _gpu_of_torch() -> Gpu | None:
    import torch

    if not torch.cuda.is_available():
        name = _gpu_of_driver()
        return Gpu(name, 0) if name else None
    properties = torch.cuda.get_device_properties(0)
    return Gpu(str(properties.name), int(properties.total_memory))


def _gpu_of_driver() -> str:
    """Return the name of the first GPU that NVIDIA's driver lists, or an empty text."""
    try:
        answer = subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GPU_LIST_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return next(iter(answer.stdout.splitlines()), "").strip()
