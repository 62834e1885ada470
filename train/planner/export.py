"""The planner's adapters as a GGUF file, which llama.cpp adds to its base."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from train.planner.lora import Adapters

ARCHITECTURE = "qwen2"
TENSORS = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
"""What llama.cpp calls each projection. For Qwen2, unlike Llama, q and k are not permuted."""


def write_adapter(adapters: Adapters, path: Path) -> None:
    """Write the adapters in half precision."""
    from gguf import GGUFWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(path, ARCHITECTURE)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    # llama.cpp scales the product by alpha / rank.
    writer.add_float32("adapter.lora.alpha", adapters.scale * adapters.rank)
    for name, value in adapters.state_dict().items():
        writer.add_tensor(_tensor_name(name), value.detach().cpu().numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_adapter(path: Path) -> Mapping[str, Tensor]:
    """Read what `write_adapter` wrote, as the state of the adapters."""
    from gguf import GGUFReader

    names = {gguf: name for name, gguf in TENSORS.items()}
    state: dict[str, Tensor] = {}
    for tensor in GGUFReader(path).tensors:
        _, index, projection, _, matrix = tensor.name.split(".")
        name = f"{index}-{names[projection]}.{matrix.removeprefix('lora_')}"
        state[name] = torch.from_numpy(np.array(tensor.data, dtype=np.float32))
    return state


def adapters_in(path: Path, layers: nn.ModuleList) -> Adapters:
    """Return the adapters of a file, for these decoder layers."""
    from gguf import GGUFReader

    state = read_adapter(path)
    rank = len(state["0-q_proj.a"])
    alpha = float(GGUFReader(path).fields["adapter.lora.alpha"].contents())
    adapters = Adapters(layers, rank, alpha / rank)
    adapters.load_state_dict(state)
    return adapters


def _tensor_name(name: str) -> str:
    """`3-q_proj.a` is `blk.3.attn_q.weight.lora_a` there."""
    layer, matrix = name.split(".")
    index, projection = layer.split("-")
    return f"blk.{index}.{TENSORS[projection]}.weight.lora_{matrix}"
