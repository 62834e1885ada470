"""Qwen2 with adapters, over packed sequences that share a prefix.

All tokens of a batch are rows of one matrix, without padding, and the tokens with which every
sequence begins (the rules of the prompt) are computed once. That saves a third of the tokens of a
batch of plans. Only attention sees sequences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from train.planner.lora import Adapters

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Packed:
    """Concatenated sequences: the shared prefix, then the rest of each."""

    ids: Tensor
    positions: Tensor
    prefix: int
    """Number of tokens in the shared prefix."""
    size: tuple[int, int]
    """Number of sequences, and tokens of the longest without the prefix."""
    slots: Tensor
    """Index of each row after the prefix in the padded matrix."""
    target_rows: Tensor
    """Rows whose next token is a target."""
    answers: Tensor
    """Those next tokens."""

    def to(self, device: torch.device) -> Packed:
        """Return the same batch on another device."""
        moved = {
            name: value.to(device) for name, value in vars(self).items() if torch.is_tensor(value)
        }
        return replace(self, **moved)


def pack(prompts: Sequence[Sequence[int]], plans: Sequence[Sequence[int]]) -> Packed:
    """Pack prompts with the plans that follow them."""
    prefix = _prefix_length(prompts)
    rows = [[*prompt, *plan[:-1]][prefix:] for prompt, plan in zip(prompts, plans, strict=True)]
    longest = max(map(len, rows))
    ids = list(prompts[0][:prefix])
    positions = list(range(prefix))
    slots: list[int] = []
    target_rows: list[int] = []
    for number, (row, plan) in enumerate(zip(rows, plans, strict=True)):
        ids += row
        positions += range(prefix, prefix + len(row))
        slots += range(number * longest, number * longest + len(row))
        target_rows += range(len(ids) - len(plan), len(ids))
    return Packed(
        torch.tensor(ids),
        torch.tensor(positions),
        prefix,
        (len(rows), longest),
        torch.tensor(slots),
        torch.tensor(target_rows),
        torch.tensor([token for plan in plans for token in plan]),
    )


def _prefix_length(prompts: Sequence[Sequence[int]]) -> int:
    """Return the length of the prompts' common prefix, without any last token."""
    for index, tokens in enumerate(zip(*prompts, strict=False)):
        if len(set(tokens)) > 1:
            return index
    return min(map(len, prompts)) - 1


def loss_of(
    model: PreTrainedModel, adapters: Adapters, packed: Packed, vocabulary: Tensor
) -> Tensor:
    """Return the mean cross-entropy of the plans' tokens over the vocabulary."""
    base: Any = model
    states = _states(base.model, adapters, packed)[packed.target_rows]
    logits = functional.linear(states, base.lm_head.weight[vocabulary])
    return functional.cross_entropy(logits.float(), torch.searchsorted(vocabulary, packed.answers))


def _states(body: Any, adapters: Adapters, packed: Packed) -> Tensor:
    states = functional.embedding(packed.ids, body.embed_tokens.weight)
    rotation = _rotation(body, packed.positions, states.dtype)
    for index, layer in enumerate(body.layers):
        normed = _rms_norm(states, layer.input_layernorm)
        states = states + _attention(index, layer, adapters, normed, rotation, packed)
        normed = _rms_norm(states, layer.post_attention_layernorm)
        states = states + _feed_forward(index, layer, adapters, normed)
    return _rms_norm(states, body.norm)


def _feed_forward(index: int, layer: Any, adapters: Adapters, inputs: Tensor) -> Tensor:
    gate = adapters.apply_to(index, "gate_proj", layer, inputs)
    up = adapters.apply_to(index, "up_proj", layer, inputs)
    return adapters.apply_to(index, "down_proj", layer, functional.silu(gate) * up)


def _attention(
    index: int,
    layer: Any,
    adapters: Adapters,
    inputs: Tensor,
    rotation: tuple[Tensor, Tensor],
    packed: Packed,
) -> Tensor:
    head = layer.self_attn.head_dim
    query, key, value = (
        adapters.apply_to(index, name, layer, inputs).unflatten(1, (-1, head))
        for name in ("q_proj", "k_proj", "v_proj")
    )
    query, key = _rotate(query, *rotation), _rotate(key, *rotation)
    attended = _packed_attention(query, key, value, packed)
    return adapters.apply_to(index, "o_proj", layer, attended.flatten(1))


def _packed_attention(query: Tensor, key: Tensor, value: Tensor, packed: Packed) -> Tensor:
    """Compute causal attention within each sequence and to the prefix."""
    prefix, sequences = packed.prefix, packed.size[0]
    parts: list[Tensor] = []
    if prefix:
        first = (tensor[:prefix].transpose(0, 1)[None] for tensor in (query, key, value))
        parts.append(_scaled_dot_product(*first)[0].transpose(0, 1))
    padded_query, padded_key, padded_value = (
        _pad(tensor[prefix:], packed) for tensor in (query, key, value)
    )
    shared_key, shared_value = (
        tensor[:prefix].transpose(0, 1).expand(sequences, -1, -1, -1) for tensor in (key, value)
    )
    keys = torch.cat([shared_key, padded_key], dim=2)
    values = torch.cat([shared_value, padded_value], dim=2)
    attended = _scaled_dot_product(padded_query, keys, values)
    rows = attended.transpose(1, 2).flatten(0, 1).index_select(0, packed.slots)
    return torch.cat([*parts, rows])


def _scaled_dot_product(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Compute causal attention with explicit products.

    torch's CPU kernel took 2.6 of 11 s of a step, most of it in the backward pass; these products
    take a quarter of that.
    """
    sequences, heads, tokens, width = query.shape
    groups, visible = key.shape[1:3]
    hidden = query.new_full((tokens, visible), -torch.inf)
    hidden = hidden.triu(visible - tokens + 1).repeat(heads // groups, 1)
    grouped = (query * width**-0.5).reshape(sequences, groups, -1, width)
    weights = (grouped @ key.transpose(2, 3) + hidden).softmax(dim=-1)
    return (weights @ value).view(sequences, heads, tokens, width)


def _pad(rows: Tensor, packed: Packed) -> Tensor:
    """Pad packed rows to (sequences, heads, tokens, width)."""
    sequences, longest = packed.size
    padded = rows.new_zeros(sequences * longest, *rows.shape[1:])
    return padded.index_copy(0, packed.slots, rows).unflatten(0, packed.size).transpose(1, 2)


def _rms_norm(states: Tensor, norm: Any) -> Tensor:
    return functional.rms_norm(states, norm.weight.shape, norm.weight, norm.variance_epsilon)


def _rotation(body: Any, positions: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return cosine and sine of the rotary embedding of each row."""
    angles = positions[:, None].float() * body.rotary_emb.inv_freq
    return angles.cos().to(dtype)[:, None], angles.sin().to(dtype)[:, None]


def _rotate(rows: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = rows.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1)
