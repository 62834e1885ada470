import copy
from typing import Any

import pytest
import torch
from torch.nn import functional

from tests.train.planner.tiny import write_tiny
from train.planner.lora import Adapters, projection
from train.planner.network import loss_of, pack

pytestmark = pytest.mark.usefixtures("one_thread")

PROMPTS = ([5, 6, 7, 8, 9], [5, 6, 7, 20], [5, 6, 7, 30, 31, 32, 33])
PLANS = ([40, 41, 0], [42, 0], [43, 44, 45, 0])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def adapters_of(model: Any) -> Adapters:
    torch.manual_seed(1)
    adapters = Adapters(model.model.layers, rank=4, scale=2.0)
    for adapter in adapters.values():
        torch.nn.init.normal_(adapter.b, std=0.1)
    return adapters


def merged(model: Any, adapters: Adapters) -> Any:
    """The model with the products of the adapters added to its weights."""
    whole = copy.deepcopy(model)
    for name, adapter in adapters.items():
        index, part = name.split("-")
        weight = projection(whole.model.layers[int(index)], part).weight
        weight.data += 2.0 * adapter.b.detach() @ adapter.a.detach()
    return whole


def test_packing_shares_the_prefix_and_learns_from_plans_alone() -> None:
    packed = pack(PROMPTS, PLANS)

    assert packed.ids.tolist() == [5, 6, 7, 8, 9, 40, 41, 20, 42, 30, 31, 32, 33, 43, 44, 45]
    assert packed.positions.tolist() == [0, 1, 2, 3, 4, 5, 6, 3, 4, 3, 4, 5, 6, 7, 8, 9]
    assert (packed.prefix, packed.size) == (3, (3, 7))
    assert packed.ids[packed.target_rows].tolist() == [9, 40, 41, 20, 42, 33, 43, 44, 45]
    assert packed.answers.tolist() == [40, 41, 0, 42, 0, 43, 44, 45, 0]


def test_a_packed_batch_has_the_loss_of_its_sequences_one_by_one(model: Any) -> None:
    adapters = adapters_of(model)
    vocabulary = torch.arange(model.config.vocab_size)
    loss = loss_of(model, adapters, pack(PROMPTS, PLANS), vocabulary)

    losses: list[torch.Tensor] = []
    for prompt, plan in zip(PROMPTS, PLANS, strict=True):
        logits = merged(model, adapters)(torch.tensor([prompt + plan])).logits[0]
        asked = logits[len(prompt) - 1 : -1]
        losses.append(functional.cross_entropy(asked, torch.tensor(plan), reduction="none"))
    assert loss.item() == pytest.approx(torch.cat(losses).mean().item(), abs=1e-5)


def test_only_tokens_of_the_vocabulary_compete(model: Any) -> None:
    adapters = adapters_of(model)
    packed = pack(PROMPTS, PLANS)
    every = loss_of(model, adapters, packed, torch.arange(model.config.vocab_size))
    few = loss_of(model, adapters, packed, torch.tensor([0, 40, 41, 42, 43, 44, 45]))

    assert few.item() < every.item()
