"""The devices of torch: NVIDIA's and AMD's `cuda`, Intel's `xpu`, Apple's `mps`, and the CPU."""

from __future__ import annotations

import sys
from typing import Any

CPU = "cpu"
_KINDS = ("cuda", "xpu", "mps")


def available_device() -> str:
    """Return the first accelerator that torch can use, or `cpu`."""
    return next((kind for kind in _KINDS if _is_available(kind)), CPU)


def device_bytes(device: str) -> int:
    """Return the memory of an accelerator; 0 if torch cannot use it."""
    import torch

    kind = device.partition(":")[0]
    if not _is_available(kind):
        return 0
    if kind == "mps":  # it shares the memory of the CPU
        return int(torch.mps.recommended_max_memory())
    properties: Any = getattr(torch, kind).get_device_properties(torch.device(device))
    return int(properties.total_memory)


def allocated_bytes(device: str) -> int | None:
    """Return the memory that this process holds on an accelerator; None for any other device."""
    kind = device.partition(":")[0]
    if kind not in _KINDS:
        return None
    import torch

    if kind == "mps":
        return int(torch.mps.current_allocated_memory())
    return int(getattr(torch, kind).memory_allocated(device))


def release_cached_memory() -> None:
    """Return to the system what torch keeps of freed memory; import nothing for it."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    for kind in _KINDS:
        # A device that no model was on would be initialized by asking it.
        if kind == "mps" and _is_available(kind):
            torch.mps.empty_cache()
        elif kind != "mps" and getattr(torch, kind).is_initialized():
            getattr(torch, kind).empty_cache()


def _is_available(kind: str) -> bool:
    import torch

    if kind == "mps":
        return torch.backends.mps.is_available()
    return bool(getattr(torch, kind).is_available()) if kind in _KINDS else False
