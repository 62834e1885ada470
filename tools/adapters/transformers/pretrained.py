"""Open hub checkpoints with the Auto classes of transformers."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import ToolError, check_stop
from tools.adapters.checkpoint_folder import checkpoint_folder

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Pretrained:
    """A network on its device with its processor."""

    network: Any
    processor: Any
    device: str
    dtype: torch.dtype

    def to_device(self, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """Convert a processor's output to the network's device and dtype."""
        import torch

        return {
            name: value.to(self.device, self.dtype if value.is_floating_point() else None)
            if isinstance(value, torch.Tensor)
            else value
            for name, value in prepared.items()
        }


def open_pretrained(
    network: str,
    processor: str,
    files: Mapping[str, Path],
    settings: Mapping[str, str],
    device: str,
    folder: str = "",
) -> Pretrained:
    """Load a network and its processor from a folder of the files.

    Settings: `network` and `processor`, classes to use instead; `dtype`, by default bfloat16 on a
    GPU and float32 elsewhere; `offload`.
    """
    import torch
    import transformers
    import transformers.utils.logging

    # The library would draw its own progress bar over the program's.
    transformers.utils.logging.disable_progress_bar()
    dtype = resolve_dtype(settings, device)
    # Explicit, since transformers asks on the terminal where a checkpoint names code of its own.
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with checkpoint_folder(files) as checkpoint:
        path = checkpoint / folder
        loaded, loading_info = getattr(
            transformers, settings.get("network", network)
        ).from_pretrained(path, dtype=dtype, output_loading_info=True, **options)
        loaded_processor = getattr(
            transformers, settings.get("processor", processor)
        ).from_pretrained(path, **options)
    if missing := sorted(loading_info["missing_keys"]):
        raise ToolError(
            f"the checkpoint lacks {len(missing)} weights of {type(loaded).__name__}, such as "
            f"{missing[0]!r}",
            hint="check that its card names the right class and version of the files",
        )
    loaded.eval()
    # Runs for each token that `generate` makes, so that a stop request takes effect in between.
    loaded.register_forward_pre_hook(_before_step)
    if settings.get("offload"):
        import accelerate

        accelerate.cpu_offload(loaded, execution_device=torch.device(device))
    else:
        loaded.to(device)
    return Pretrained(loaded, loaded_processor, device, dtype)


def resolve_dtype(settings: Mapping[str, str], device: str) -> torch.dtype:
    """Return the dtype of the weights."""
    import torch

    return getattr(torch, settings.get("dtype") or ("float32" if device == "cpu" else "bfloat16"))


@contextmanager
def seeded_sampling(seed: int, device: str) -> Generator[None]:
    """Seed the random numbers of torch within this context."""
    import torch

    kind = device.partition(":")[0]
    # Apple's has one state, which torch cannot fork.
    devices = [device] if kind in ("cuda", "xpu") else []
    with torch.random.fork_rng(devices=devices, device_type=kind if devices else "cuda"):
        torch.manual_seed(seed)
        yield


def _before_step(*_: object) -> None:
    check_stop()
