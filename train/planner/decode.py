"""Decode plans greedily from a language model with adapters, in batches."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from agent.joint.network.base_language_model import UNPACKED, open_language_model
from tools.home import home
from train.planner.dataset import PlannedRequest, prompt_ids
from train.planner.export import adapters_in
from train.planner.lora import PROJECTIONS, Adapters, Lora, projection, set_projection

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PLAN_TOKENS = 160
"""The longest example plan has 150."""


class AdaptedLinear(nn.Module):
    """A linear layer with its adapter, which replaces the layer."""

    def __init__(self, linear: nn.Linear, lora: Lora) -> None:
        super().__init__()
        self.linear = linear
        self.lora = lora

    def forward(self, inputs: Tensor) -> Tensor:
        rows = self.lora(inputs.flatten(0, -2), self.linear)
        return rows.unflatten(0, inputs.shape[:-1])


def open_plan_decoder(
    base: Mapping[str, Path], adapter: Path | None
) -> Callable[[Sequence[PlannedRequest]], list[str]]:
    """Return a function that decodes plans, with a GGUF adapter if given."""
    model, tokenizer = open_language_model(base, unpack_folder=home() / UNPACKED)
    body: Any = model.model
    adapters = adapters_in(adapter, body.layers) if adapter else None

    def decode(requests: Sequence[PlannedRequest]) -> list[str]:
        with adapted(model, adapters):
            return decode_plans(model, tokenizer, requests)

    return decode


@contextmanager
def adapted(model: PreTrainedModel, adapters: Adapters | None) -> Generator[None]:
    """Replace the model's layers by adapted ones while the context is open."""
    body: Any = model.model
    keys = [(index, name) for index in range(len(body.layers)) for name in PROJECTIONS]
    linears = {key: projection(body.layers[key[0]], key[1]) for key in keys}
    try:
        for (index, name), linear in linears.items() if adapters else ():
            lora = adapters[f"{index}-{name}"]
            assert isinstance(lora, Lora)
            set_projection(body.layers[index], name, AdaptedLinear(linear, lora))
        yield
    finally:
        for (index, name), linear in linears.items():
            set_projection(body.layers[index], name, linear)


@torch.inference_mode()
def decode_plans(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    requests: Sequence[PlannedRequest],
) -> list[str]:
    """Decode the plan of each request greedily."""
    prompts = [prompt_ids(request, tokenizer) for request in requests]
    longest = max(map(len, prompts))
    padding = [longest - len(prompt) for prompt in prompts]
    fill = tokenizer.eos_token_id
    ids = torch.tensor([[fill] * pad + ids for pad, ids in zip(padding, prompts, strict=True)])
    mask = torch.tensor([[0] * pad + [1] * (longest - pad) for pad in padding])
    network: Any = model
    output_ids = network.generate(
        input_ids=ids,
        attention_mask=mask,
        max_new_tokens=PLAN_TOKENS,
        do_sample=False,
        pad_token_id=fill,
        eos_token_id=fill,
    )
    return tokenizer.batch_decode(output_ids[:, longest:], skip_special_tokens=True)
