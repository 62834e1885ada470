"""Greedy plans of a language model with adapters, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from agent.joint.language_model import open_language_model
from train.planner.dataset import PlannedRequest, prompt_ids
from train.planner.export import adapters_in
from train.planner.lora import PROJECTIONS, Adapters, Lora, projection, set_projection

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PLAN_TOKENS = 300


class AdaptedLinear(nn.Module):
    """A linear layer with its adapter, in the place of the layer."""

    def __init__(self, linear: nn.Linear, lora: Lora) -> None:
        super().__init__()
        self.linear = linear
        self.lora = lora

    def forward(self, inputs: Tensor) -> Tensor:
        rows = self.lora(inputs.flatten(0, -2), self.linear)
        return rows.unflatten(0, inputs.shape[:-1])


def open_writer(
    base: Mapping[str, Path], adapter: Path | None
) -> Callable[[Sequence[PlannedRequest]], list[str]]:
    """Return a function that writes plans, with the adapter of a GGUF file if there is one."""
    model, tokenizer = open_language_model(base)
    if adapter:
        body: Any = model.model
        put_in_place(model, adapters_in(adapter, body.layers))
    return lambda requests: write_plans(model, tokenizer, requests)


def put_in_place(model: PreTrainedModel, adapters: Adapters) -> None:
    """Have the model's own layers use the adapters."""
    body: Any = model.model
    for index, layer in enumerate(body.layers):
        for name in PROJECTIONS:
            lora = adapters[f"{index}-{name}"]
            assert isinstance(lora, Lora)
            set_projection(layer, name, AdaptedLinear(projection(layer, name), lora))


@torch.inference_mode()
def write_plans(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    requests: Sequence[PlannedRequest],
) -> list[str]:
    """Write the likeliest plan of each request."""
    prompts = [prompt_ids(request, tokenizer) for request in requests]
    longest = max(map(len, prompts))
    padding = [longest - len(prompt) for prompt in prompts]
    fill = tokenizer.eos_token_id
    ids = torch.tensor([[fill] * pad + ids for pad, ids in zip(padding, prompts, strict=True)])
    mask = torch.tensor([[0] * pad + [1] * (longest - pad) for pad in padding])
    network: Any = model
    written = network.generate(
        input_ids=ids,
        attention_mask=mask,
        max_new_tokens=PLAN_TOKENS,
        do_sample=False,
        pad_token_id=fill,
        eos_token_id=fill,
    )
    return tokenizer.batch_decode(written[:, longest:], skip_special_tokens=True)
