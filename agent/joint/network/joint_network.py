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

from agent.joint.joint_config import JointShape, Medium
from agent.joint.network.base_language_model import forward_with_cache, new_cache
from agent.joint.network.connectors import InputConnector, OutputConnector, RetrievalHead


class Conditioning(NamedTuple):
    """Vectors that condition a generator in place of its text encoder's output."""

    vectors: Tensor
    """(B, max_vectors, width)"""
    presence: Tensor
    """(B, max_vectors): logits, above 0 where a vector is present."""


class RetrievalQuery(NamedTuple):
    """A query for an image that may exist already."""

    vectors: Tensor
    """(B, width): unit vectors in the retriever's embedding space."""
    retrieve_logits: Tensor
    """(B): logits, above 0 where the image is to be retrieved and not generated."""


class Decoded(NamedTuple):
    """A decoded answer."""

    ids: list[int]
    conditioning: dict[Medium, Conditioning]
    """The conditioning of each medium that the answer requests."""
    query: RetrievalQuery | None
    """The query for an image, if the model has a retriever."""


class JointNetwork:
    """The language model with its LoRA, and the connectors around it.

    `trained` holds exactly the trained parameters.
    """

    def __init__(self, shape: JointShape, language_model: Any) -> None:
        self.shape = shape
        # None selects peft's default target modules of this model type.
        has_default_targets = language_model.config.model_type in ADAPTED
        lora = LoraConfig(
            r=shape.rank,
            lora_alpha=2 * shape.rank,
            target_modules=None if has_default_targets else "all-linear",
            bias="none",
        )
        self.language_model: Any = inject_adapter_in_model(lora, language_model)
        self.body = self.language_model.base_model
        self.word_embeddings = self.language_model.get_input_embeddings().weight
        self.output_embeddings = self.language_model.get_output_embeddings().weight
        size, width = self.word_embeddings.shape
        length = float(self.word_embeddings[:4096].float().norm(dim=1).mean())
        self._slot_ids = {medium: size + n for n, medium in enumerate(shape.features)}
        first = size + len(shape.features)
        self._signal_ids = {
            medium: first + shape.signals * n for n, medium in enumerate(shape.generators)
        }
        count = shape.signals * len(shape.generators)
        self.signals = nn.Parameter(torch.randn(count, width) * length / width**0.5)
        self.medium_head = nn.Linear(width, len(shape.generators))
        # Start with a strong negative bias: media tokens are rare until trained.
        nn.init.constant_(self.medium_head.bias, -5)
        self.inputs = nn.ModuleDict(
            {
                medium: InputConnector(shape.connector, features, width, shape.slots, length)
                for medium, features in shape.features.items()
            }
        )
        self.outputs = nn.ModuleDict(
            {
                medium: OutputConnector(
                    width,
                    shape.output_width,
                    shape.output_depth,
                    generator.max_vectors,
                    generator.width,
                )
                for medium, generator in shape.generators.items()
            }
        )
        self.trained = nn.ModuleDict({"inputs": self.inputs, "outputs": self.outputs})
        self.trained.register_parameter("signals", self.signals)
        self.trained["medium_head"] = self.medium_head
        self.retrieval_head = (
            RetrievalHead(width, shape.output_width, shape.retriever.width)
            if shape.retriever
            else None
        )
        if self.retrieval_head:
            self.trained["retrieval_head"] = self.retrieval_head
        self.lora = _Lora(self.language_model)
        self.trained["lora"] = self.lora

    def slots_of(self, medium: Medium) -> list[int]:
        """Return the ids of the slots of one medium."""
        return [self._slot_ids[medium]] * self.shape.slots

    def signal_ids(self, medium: Medium) -> list[int]:
        """Return the ids of the signals that request one medium."""
        first = self._signal_ids[medium]
        return list(range(first, first + self.shape.signals))

    def embed(self, ids: Tensor, features: Mapping[Medium, Tensor]) -> Tensor:
        """Embed tokens and media: (B, T) → (B, T, width).

        `features` are those of the encoders for each medium, in the order of its slots in the
        rows of ids: (N, slots, features).
        """
        size = len(self.word_embeddings)
        ids = ids.to(self.word_embeddings.device)
        vectors = self.word_embeddings[ids.clamp(max=size - 1)]
        signal_indices = ids - min(self._signal_ids.values(), default=size)
        signals = self.signals[signal_indices.clamp(min=0)].to(vectors.dtype)
        vectors = torch.where((signal_indices >= 0)[..., None], signals, vectors)
        for medium, rows in features.items():
            slots = (ids == self._slot_ids[medium])[..., None].expand_as(vectors)
            connected = self.inputs[medium](rows.to(vectors.device)).to(vectors.dtype)
            vectors = vectors.masked_scatter(slots, connected)
        return vectors

    def hidden_states(self, ids: Tensor, features: Mapping[Medium, Tensor], mask: Tensor) -> Tensor:
        """Compute hidden states: (B, T, width); `mask` is false for padding."""
        embeddings = self.embed(ids, features)
        mask = mask.long().to(embeddings.device)
        outputs = self.body(inputs_embeds=embeddings, attention_mask=mask, use_cache=False)
        return outputs.last_hidden_state

    def next_logits(self, states: Tensor, word_ids: Tensor | None = None) -> Tensor:
        """Compute the logits of the next word and of each medium."""
        rows = self.output_embeddings if word_ids is None else self.output_embeddings[word_ids]
        word_logits = (states.to(rows.dtype) @ rows.T).float()
        return torch.cat([word_logits, self.medium_head(states.float())], dim=-1)

    def predict_conditioning(self, medium: Medium, states: Tensor) -> Conditioning:
        """Predict the conditioning from the states of signals: (B, signals, width)."""
        return Conditioning(*self.outputs[medium](states.float()))

    def predict_query(self, states: Tensor) -> RetrievalQuery | None:
        """Predict the retrieval query from the states of signals: (B, signals, width)."""
        return RetrievalQuery(*self.retrieval_head(states.float())) if self.retrieval_head else None

    def signal_states(self, medium: Medium, ids: Tensor, states: Tensor) -> Tensor:
        """Select the states at signals of a medium: (N, signals, width)."""
        first = self._signal_ids[medium]
        mask = (ids >= first) & (ids < first + self.shape.signals)
        return states[mask].unflatten(0, (-1, self.shape.signals))

    @torch.no_grad()
    def answer(
        self,
        ids: Sequence[int],
        features: Mapping[Medium, Tensor],
        *,
        end: int,
        max_tokens: int,
        seed: int = 0,
    ) -> Decoded:
        """Decode an answer greedily, with the medium that it requests."""
        media = list(self.shape.generators)
        size = len(self.word_embeddings)
        decoded = Decoded([], {}, None)
        embeddings = self.embed(torch.tensor([list(ids)]), features)
        cache = new_cache(self.body)
        while len(decoded.ids) < max_tokens:
            states = forward_with_cache(self.body, embeddings, cache)
            logits = self.next_logits(states[:, -1])[0]
            if not decoded.ids:
                # An empty answer is of no use.
                logits[end] = -torch.inf
            best = int(logits.argmax())
            if best == end:
                break
            if best < size:
                decoded.ids.append(best)
                embeddings = self.embed(torch.tensor([[best]]), {})
                continue
            request = self.request_medium(media[best - size], cache, seed)
            return request._replace(ids=decoded.ids + request.ids)
        return decoded

    @torch.no_grad()
    def request_medium(self, medium: Medium, cache: Cache, seed: int) -> Decoded:
        """Continue from the cache with the signals of a medium."""
        signals = self.signal_ids(medium)
        embeddings = self.embed(torch.tensor([signals]), {})
        states = forward_with_cache(self.body, embeddings, cache)
        query = self.predict_query(states) if medium == "image" else None
        return Decoded(signals, {medium: self.predict_conditioning(medium, states)}, query)

    def weight_counts(self) -> tuple[int, int]:
        """Count the trained and the frozen weights."""
        trained = sum(weight.numel() for weight in self.trained.parameters())
        total = sum(weight.numel() for weight in self.language_model.parameters())
        return trained, total - sum(weight.numel() for weight in self.lora.parameters())


class _Lora(nn.Module):
    """The matrices of a LoRA, under valid module names."""

    def __init__(self, adapted: nn.Module) -> None:
        super().__init__()
        for name, weight in adapted.named_parameters():
            if "lora_" in name:
                weight.data = weight.data.float()
                short = name.removeprefix("model.").replace(".default", "")
                self.register_parameter(short.replace(".", "/"), weight)
