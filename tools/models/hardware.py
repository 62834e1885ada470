"""Check that this machine has the GPU a profile requires, before anything is fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tools.errors import CatalogueError, InputError
from tools.models.accelerators import device_bytes
from tools.models.catalogue import Catalogue
from tools.models.profile import CPU, Profile, profile_names
from tools.models.profile_names import OFFLINE


def require_gpu(profile: Profile, memory_of: Callable[[str], int] = device_bytes) -> None:
    """Raise InputError if the profile requires a larger GPU; the hint names one that fits."""
    if profile.device == CPU:
        return
    available = memory_of(profile.device)
    required = max(profile.memory_bytes, profile.gpu_memory_bytes)
    if available >= required:
        return
    actual = (
        f"the one here has {available / 1e9:.1f} GB" if available else "no GPU can be used here"
    )
    raise InputError(
        f"the profile {profile.name!r} is made for a GPU with {required / 1e9:.0f} GB; {actual}",
        hint=f"use --profile {best_profile(available, profile.catalogue)}",
    )


def best_profile(gpu_bytes: int, catalogue: Catalogue) -> str:
    """Return the name of the largest profile for a GPU, or `offline`."""
    fitting = [
        profile for profile in _profiles(catalogue) if 0 < profile.gpu_memory_bytes <= gpu_bytes
    ]
    return max(fitting, key=lambda profile: profile.gpu_memory_bytes).name if fitting else OFFLINE


def _profiles(catalogue: Catalogue) -> Iterator[Profile]:
    """Yield the valid profiles; skip a user's broken ones."""
    for name in profile_names(catalogue.home):
        try:
            yield Profile.load(name, catalogue)
        except CatalogueError:
            continue
