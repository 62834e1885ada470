import pytest
import torch
from transformers import (
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PreTrainedModel,
)

from agent.joint.network.joint_network import JointNetwork
from tests.agent.joint.tiny import SHAPE

SIZES = {
    "vocab_size": 24, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1,
    "num_attention_heads": 2, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("language_model", "adapted"),
    [
        (GPTNeoXForCausalLM(GPTNeoXConfig(**SIZES)), {"query_key_value"}),
        # Of which peft knows no best projections.
        (Phi3ForCausalLM(Phi3Config(**SIZES)), {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"}),
    ],
    ids=["GPTNeoX", "Phi3"],
)
def test_language_models_of_other_families_are_joined_too(
    language_model: PreTrainedModel, adapted: set[str]
) -> None:
    network = JointNetwork(SHAPE, language_model.requires_grad_(False))
    ids = torch.tensor([[2, 3, *network.slots_of("image"), *network.signal_ids("image")]])

    states = network.hidden_states(
        ids, {"image": torch.randn(1, 16, 133)}, torch.ones_like(ids).bool()
    )
    network.next_logits(states).sum().backward()

    assert states.shape == (1, 2 + 16 + 4, 32)
    assert network.next_logits(states).shape == (1, 22, 24 + 3)
    names = {name for name, _ in network.lora.named_parameters()}
    assert {name.split("/")[-3] for name in names} == adapted
    assert any(weight.grad is not None for weight in network.lora.parameters())
