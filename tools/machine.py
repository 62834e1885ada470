"""Whether this machine has the GPU that a profile is made for: asked before anything is fetched."""

from __future__ import annotations

from collections.abc import Callable

from tools.errors import InputError
from tools.profile import CPU, Profile, profile_names


def gpu_bytes(device: str) -> int:
    """The memory of the GPU of that name; 0 if there is none."""
    import torch

    if not torch.cuda.is_available():
        return 0
    return int(torch.cuda.get_device_properties(torch.device(device)).total_memory)


def require_gpu(profile: Profile, memory_of: Callable[[str], int] = gpu_bytes) -> None:
    """InputError if the profile wants a larger GPU than there is, naming one that fits."""
    if profile.device == CPU:
        return
    found = memory_of(profile.device)
    needed = max(profile.memory_bytes, profile.card_bytes)
    if found >= needed:
        return
    here = f"the one here has {found / 1e9:.1f} GB" if found else "no GPU can be used here"
    raise InputError(
        f"the profile {profile.name!r} is made for a GPU with {needed / 1e9:.0f} GB; {here}",
        hint=f"use --profile {_fitting(profile, found)}",
    )


def _fitting(profile: Profile, found: int) -> str:
    """The largest profile that fits; the offline one needs no GPU."""
    profiles = [Profile.load(name, profile.catalogue) for name in profile_names()]
    fitting = [each for each in profiles if 0 < each.card_bytes <= found]
    return max(fitting, key=lambda each: each.card_bytes).name if fitting else "offline"
