from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGUFReader

from tests.train.planner.tiny import write_tiny
from train.planner.export import read_adapter, write_adapter
from train.planner.lora import Adapters


@pytest.fixture
def adapters(tmp_path: Path) -> Adapters:
    from transformers import AutoModelForCausalLM

    folder = tmp_path / "tiny"
    folder.mkdir()
    write_tiny(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    torch.manual_seed(0)
    adapters = Adapters(model.model.layers, rank=4, scale=2.0)
    for adapter in adapters.values():
        torch.nn.init.normal_(adapter.b)
    return adapters


def test_the_file_has_the_tensors_and_keys_that_llama_cpp_reads(
    adapters: Adapters, tmp_path: Path
) -> None:
    write_adapter(adapters, tmp_path / "adapter.gguf")
    reader = GGUFReader(tmp_path / "adapter.gguf")

    keys = ("general.architecture", "general.type", "adapter.type", "adapter.lora.alpha")
    assert [reader.fields[key].contents() for key in keys] == ["qwen2", "adapter", "lora", 8.0]
    shapes = {tensor.name: tuple(tensor.data.shape) for tensor in reader.tensors}
    assert len(shapes) == 2 * 7 * 2
    assert shapes["blk.0.attn_q.weight.lora_a"] == (4, 32)
    assert shapes["blk.0.attn_q.weight.lora_b"] == (32, 4)
    assert shapes["blk.0.attn_k.weight.lora_b"] == (16, 4)
    assert shapes["blk.1.ffn_gate.weight.lora_b"] == (64, 4)
    assert shapes["blk.1.ffn_down.weight.lora_a"] == (4, 64)
    projections = {name.split(".")[2] for name in shapes}
    assert projections == {
        "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down",
    }  # fmt: skip


def test_an_adapter_is_read_back_in_half_precision(adapters: Adapters, tmp_path: Path) -> None:
    write_adapter(adapters, tmp_path / "adapter.gguf")
    state = read_adapter(tmp_path / "adapter.gguf")

    assert state.keys() == adapters.state_dict().keys()
    for name, value in adapters.state_dict().items():
        assert torch.equal(state[name], value.half().float())
