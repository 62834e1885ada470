"""ONNX networks, opened alike for every adapter that has one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_network(path: Path, device: str) -> InferenceSession:
    """The network in that file, on the GPU where the installed onnxruntime can use one."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: a warning about an unused weight helps nobody
    wanted = ["CUDAExecutionProvider"] if device.startswith("cuda") else []
    available = onnxruntime.get_available_providers()
    providers = [name for name in (*wanted, "CPUExecutionProvider") if name in available]
    return onnxruntime.InferenceSession(str(path), options, providers=providers)
