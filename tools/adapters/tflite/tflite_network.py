"""Open TensorFlow Lite networks."""

from __future__ import annotations

from typing import Any


def open_lite_network(content: bytes) -> Any:
    """Return an interpreter of the network with its tensors allocated."""
    from ai_edge_litert.interpreter import Interpreter

    # One thread: these networks take milliseconds and leave the other cores free.
    network = Interpreter(model_content=content, num_threads=1)
    network.allocate_tensors()
    return network
