"""Open and run ONNX networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.errors import Cancelled
from tools.sdk.call_context import check_stop

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

STOP_POLL_S = 0.1
"""How often a running network checks for a stop request."""


def open_network(weights: Path | bytes, device: str) -> InferenceSession:
    """Open an ONNX file, or its content, on the GPU if onnxruntime supports it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: warnings about unused weights do not help users
    gpu_providers = ["CUDAExecutionProvider"] if device.startswith("cuda") else []
    available = onnxruntime.get_available_providers()
    providers = [name for name in (*gpu_providers, "CPUExecutionProvider") if name in available]
    content = weights if isinstance(weights, bytes) else str(weights)
    return onnxruntime.InferenceSession(content, options, providers=providers)


def run_network(
    network: InferenceSession, inputs: Mapping[str, object], names: Sequence[str] | None = None
) -> Sequence[Any]:
    """Return all or the named outputs; a stop request ends it early."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(network.run, names, inputs, options)
        try:
            while not future.done():
                check_stop()
                wait([future], timeout=STOP_POLL_S)
        except Cancelled:
            options.terminate = True
            raise
    return future.result()
