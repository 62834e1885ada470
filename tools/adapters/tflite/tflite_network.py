"""TensorFlow Lite networks, opened alike for every adapter that has one."""

from __future__ import annotations

from typing import Any


def open_lite_network(content: bytes) -> Any:
    """An interpreter of that network, ready to be asked."""
    from ai_edge_litert.interpreter import Interpreter

    # On one core: these networks take some milliseconds, and the other may have more to do.
    network = Interpreter(model_content=content, num_threads=1)
    network.allocate_tensors()
    return network
