"""A causal language model that reads and requests media.

A dialogue is one row of ids. Those below the vocabulary size are the language model's own; above
them, each medium has one id that all its slots share and one id for each of its signals:

    <image> ×16, "how many dogs?", <end>, "two", <end>
    "draw two dogs", <end>, "two dogs", <image_0>, <image_1>, <image_2>, <image_3>, <end>

This module needs torch: import it inside the function that does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.utils import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as ADAPTED
from torch import Tensor, nn
from transformers import Cache

from agent.joint.joint_config import Medium, Shape
from agent.joint.network.base_language_model import forward_with_cache, new_cache
from agent.joint.network.connectors import InputConnector, OutputConnector, Seeking


class Told(NamedTuple):
    """Vectors that condition a generator in place of its text encoder's output."""

    vectors: Tensor
    """(B, longest, width)"""
    there: Tensor
    """(B, longest): logits, above 0 where a vector is present."""


class Sought(NamedTuple):
    """A query for an image that may exist already."""

    vectors: Tensor
    """(B, width): unit vectors in the finder's embedding space."""
    rather: Tensor
    """(B): logits, above 0 where the image is to be retrieved and not generated."""


class Written(NamedTuple):
    """A decoded answer."""

    ids: list[int]
    told: dict[Medium, Told]
    """The conditioning of each medium that the answer requests."""
    sought: Sought | None
    """The query for an image, if the model has a finder."""


class JointNetwork:
    """The language model with its LoRA, and the connectors around it.

    `trained` holds exactly the trained parameters.
    """

    def __init__(self, shape: Shape, language_model: Any) -> None:
        self.shape = shape
        # None selects peft's default target modules of this model type.
        known = language_model.config.model_type in ADAPTED
        lora = LoraConfig(
            r=shape.rank,
            lora_alpha=2 * shape.rank,
            target_modules=None if known else "all-linear",
            bias="none",
        )
        self.language_model: Any = inject_adapter_in_model(lora, language_model)
        self.body = self.language_model.base_model
        self.words = self.language_model.get_input_embeddings().weight
        self.next_words = self.language_model.get_output_embeddings().weight
        size, width = self.words.shape
        length = float(self.words[:4096].float().norm(dim=1).mean())
        self._slot_ids = {medium: size + n for n, medium in enumerate(shape.features)}
        first = size + len(shape.features)
        self._signal_ids = {
            medium: first + shape.signals * n for n, medium in enumerate(shape.generators)
        }
        many = shape.signals * len(shape.generators)
        self.signals = nn.Parameter(torch.randn(many, width) * length / width**0.5)
        self.decide = nn.Linear(width, len(shape.generators))
        # Start with a strong negative bias: media tokens are rare until trained.
        nn.init.constant_(self.decide.bias, -5)
        self.inputs = nn.ModuleDict(
            {
                medium: InputConnector(shape.connector, features, width, shape.slots, length)
                for medium, features in shape.features.items()
            }
        )
        self.outputs = nn.ModuleDict(
            {
                medium: OutputConnector(
                    width, shape.told_width, shape.told_depth, each.longest, each.width
                )
                for medium, each in shape.generators.items()
            }
        )
        self.trained = nn.ModuleDict({"inputs": self.inputs, "outputs": self.outputs})
        self.trained.register_parameter("signals", self.signals)
        self.trained["decide"] = self.decide
        self.seek = Seeking(width, shape.told_width, shape.finder.width) if shape.finder else None
        if self.seek:
            self.trained["seek"] = self.seek
        self.lora = _Lora(self.language_model)
        self.trained["lora"] = self.lora

    def slots_of(self, medium: Medium) -> list[int]:
        """Return the ids of the slots of one medium."""
        return [self._slot_ids[medium]] * self.shape.slots

    def signals_of(self, medium: Medium) -> list[int]:
        """Return the ids of the signals that request one medium."""
        first = self._signal_ids[medium]
        return list(range(first, first + self.shape.signals))

    def embed(self, ids: Tensor, seen: Mapping[Medium, Tensor]) -> Tensor:
        """Embed tokens and media: (B, T) → (B, T, width).

        `features` are those of the encoders for each medium, in the order of its slots in the
        rows of ids: (N, slots, features).
        """
        size = len(self.words)
        ids = ids.to(self.words.device)
        vectors = self.words[ids.clamp(max=size - 1)]
        asked = ids - min(self._signal_ids.values(), default=size)
        signals = self.signals[asked.clamp(min=0)].to(vectors.dtype)
        vectors = torch.where((asked >= 0)[..., None], signals, vectors)
        for medium, rows in seen.items():
            slots = (ids == self._slot_ids[medium])[..., None].expand_as(vectors)
            connected = self.inputs[medium](rows.to(vectors.device)).to(vectors.dtype)
            vectors = vectors.masked_scatter(slots, connected)
        return vectors

    def read(self, ids: Tensor, seen: Mapping[Medium, Tensor], spoken: Tensor) -> Tensor:
        """Compute hidden states: (B, T, width); `mask` is false for padding."""
        given = self.embed(ids, seen)
        spoken = spoken.long().to(given.device)
        found = self.body(inputs_embeds=given, attention_mask=spoken, use_cache=False)
        return found.last_hidden_state

    def next_scores(self, states: Tensor, words: Tensor | None = None) -> Tensor:
        """Compute the logits of the next word and of each medium."""
        rows = self.next_words if words is None else self.next_words[words]
        said = (states.to(rows.dtype) @ rows.T).float()
        return torch.cat([said, self.decide(states.float())], dim=-1)

    def told(self, medium: Medium, states: Tensor) -> Told:
        """Predict the conditioning from the states of signals: (B, signals, width)."""
        return Told(*self.outputs[medium](states.float()))

    def sought(self, states: Tensor) -> Sought | None:
        """Predict the retrieval query from the states of signals: (B, signals, width)."""
        return Sought(*self.seek(states.float())) if self.seek else None

    def signal_states(self, medium: Medium, ids: Tensor, states: Tensor) -> Tensor:
        """Select the states at signals of a medium: (N, signals, width)."""
        first = self._signal_ids[medium]
        here = (ids >= first) & (ids < first + self.shape.signals)
        return states[here].unflatten(0, (-1, self.shape.signals))

    @torch.no_grad()
    def answer(
        self,
        ids: Sequence[int],
        seen: Mapping[Medium, Tensor],
        *,
        end: int,
        longest: int,
        seed: int = 0,
    ) -> Written:
        """Decode an answer greedily, with the medium that it requests."""
        media = list(self.shape.generators)
        size = len(self.words)
        written = Written([], {}, None)
        given = self.embed(torch.tensor([list(ids)]), seen)
        cache = new_cache(self.body)
        while len(written.ids) < longest:
            states = forward_with_cache(self.body, given, cache)
            scores = self.next_scores(states[:, -1])[0]
            if not written.ids:
                # An empty answer is of no use.
                scores[end] = -torch.inf
            best = int(scores.argmax())
            if best == end:
                break
            if best < size:
                written.ids.append(best)
                given = self.embed(torch.tensor([[best]]), {})
                continue
            asked = self.ask_for(media[best - size], cache, seed)
            return asked._replace(ids=written.ids + asked.ids)
        return written

    @torch.no_grad()
    def ask_for(self, medium: Medium, cache: Cache, seed: int) -> Written:
        """Continue from the cache with the signals of a medium."""
        signals = self.signals_of(medium)
        embeddings = self.embed(torch.tensor([signals]), {})
        states = forward_with_cache(self.body, embeddings, cache)
        sought = self.sought(states) if medium == "image" else None
        return Written(signals, {medium: self.told(medium, states)}, sought)

    def counts(self) -> tuple[int, int]:
        """Count the trained and the frozen weights."""
        trained = sum(weight.numel() for weight in self.trained.parameters())
        whole = sum(weight.numel() for weight in self.language_model.parameters())
        return trained, whole - sum(weight.numel() for weight in self.lora.parameters())


class _Lora(nn.Module):
    """The matrices of a LoRA, under valid module names."""

    def __init__(self, adapted: nn.Module) -> None:
        super().__init__()
        for name, weight in adapted.named_parameters():
            if "lora_" in name:
                weight.data = weight.data.float()
                short = name.removeprefix("model.").replace(".default", "")
                self.register_parameter(short.replace(".", "/"), weight)
