"""Choose the profile for this machine: `auto`, the default of the command line.

What a hub and a GPU are found to be decides; the answer is kept for some minutes, as a hub that
does not answer costs seconds.

>>> str(choose_profile(home))
"profile 'offline': no model hub answers; choose another with --profile NAME"
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from tools.atomic_write import write_atomically
from tools.models.catalogue import Catalogue
from tools.models.hardware import best_profile
from tools.models.machine_probe import Gpu, hub_answers, quick_gpu
from tools.models.profile_names import AUTO, OFFLINE

LAPTOP = "laptop"
_VALID_S = 600
_FILE = "auto-profile.json"
_GB = 1e9


@dataclass(frozen=True)
class ProfileChoice:
    """The profile that `auto` stands for here, and why."""

    profile: str
    reason: str

    def __str__(self) -> str:
        return f"profile {self.profile!r}: {self.reason}; choose another with --profile NAME"


class _KeptChoice(BaseModel):
    profile: str
    reason: str
    at: float


def choose_profile(
    home: Path,
    *,
    hub: Callable[[], bool] = hub_answers,
    gpu: Callable[[], Gpu | None] = quick_gpu,
    now: Callable[[], float] = time.time,
) -> ProfileChoice:
    """Return the profile for this machine, from the last minutes or probed."""
    path = home / _FILE
    with suppress(OSError, ValidationError):
        record = _KeptChoice.model_validate_json(path.read_bytes())
        if 0 <= now() - record.at < _VALID_S:
            return ProfileChoice(record.profile, record.reason)
    choice = _probe(home, hub, gpu)
    with suppress(OSError):
        text = _KeptChoice(profile=choice.profile, reason=choice.reason, at=now())
        write_atomically(path, text.model_dump_json().encode())
    return choice


def resolve_profile(name: str, home: Path) -> str:
    """Return the profile that a name stands for: itself, or the choice of `auto`."""
    return choose_profile(home).profile if name == AUTO else name


def _probe(home: Path, hub: Callable[[], bool], gpu: Callable[[], Gpu | None]) -> ProfileChoice:
    if not hub():
        return ProfileChoice(OFFLINE, "no model hub answers")
    device = gpu()
    if device is None:
        return ProfileChoice(LAPTOP, "a model hub answers, and there is no GPU")
    if not device.usable:
        return ProfileChoice(LAPTOP, f"a model hub answers, but torch cannot use {device.name}")
    best = best_profile(device.memory_bytes, Catalogue.load(home))
    size = f"{device.name} with {device.memory_bytes / _GB:.0f} GB"
    if best == OFFLINE:
        return ProfileChoice(LAPTOP, f"a model hub answers, but {size} is too small")
    return ProfileChoice(best, f"a model hub answers, and there is {size}")
