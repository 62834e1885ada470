"""Train the joint model of Architecture II in three stages, as NExT-GPT.

1. The input connectors learn to embed media for a frozen language model, from captions and
   questions.
2. The output connectors learn to predict the text conditioning of generators from the hidden
   states at signals.
3. Both, with a LoRA in the language model, learn from dialogues between media.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, NamedTuple, cast

import numpy as np
import torch
from accelerate.utils import send_to_device
from torch import Tensor, nn
from torch.nn import functional

from agent.joint.joint_config import JointShape, Medium
from agent.joint.joint_model import WEIGHTS, JointModel
from agent.joint.network.joint_weights import current_weight_names, read_weights
from evals.scoring.joint_scores import (
    score_answers,
    score_arithmetic,
    score_attention,
    score_boxes,
    score_conditioned_drawings,
    score_drawings,
    score_retrieval,
    score_sounds,
)
from evals.user_catalogue import user_catalogue
from evals.world.dialogue.dialogues import DIALOGUE_BUILDERS, Dialogue, make_dialogue
from tools.library.vision.compare import Comparer
from tools.models.download import fetch
from tools.models.residency.card_loader import open_model
from train.joint.generator_targets import FrozenGenerator, open_generator
from train.joint.joint_batches import (
    IGNORED,
    DialogueBatch,
    GeneratorTarget,
    RetrievalTarget,
    make_batch,
)
from train.joint.joint_variants import LANGUAGE_MODEL_CARD, SHAPE, SHAPES, joint_card
from train.loop.recipe import Batch, Recipe

VOCABULARY_DIALOGUES = 1_500
"""Dialogues that the vocabulary of answers is collected from: enough for nearly every word."""
RANDOM_WORDS = 1_000
"""Random words in the sampled softmax: the full vocabulary would cost a third of a step."""
PRESENCE_WEIGHT = 0.2
"""The weight of the presence loss beside the distance of the vectors."""
DENOISING_WEIGHT = 0.3
"""The weight of the denoising loss beside the conditioning loss."""
RETRIEVAL_WEIGHT = 0.2
"""The weight of the retrieval loss beside the answer loss."""
LOGIT_SCALE = 14.0
"""The logit scale of the contrastive retrieval loss: CLIP's initial value."""
SCORED_DIALOGUES = 24


class JointRecipe(Recipe[Batch]):
    """The base class of all stages."""

    name: ClassVar[str] = "joint"
    model_id: ClassVar[str] = "joint/sprites"
    shapes = SHAPES
    learns: Sequence[str]
    """The parts of the network that are trained."""
    batch_size = 16
    warmup_steps = 30
    averaging = 0.99
    denoising_weight = DENOISING_WEIGHT
    """The weight of the denoising loss; 0 disables it."""
    model_class: ClassVar = JointModel

    def __init__(
        self,
        seed: int = 0,
        device: str = "cpu",
        shape: JointShape = SHAPE,
        language_model: str | Mapping[str, Path] | None = None,
    ) -> None:
        self.shape = shape
        self.language_model = language_model or LANGUAGE_MODEL_CARD
        super().__init__(seed, device)

    def build(self) -> nn.Module:
        card = self.language_model
        files = fetch(user_catalogue()[card]) if isinstance(card, str) else card
        self.model = self.model_class.create(self.shape, files, user_catalogue(), str(self.device))
        trained = self.model.network.trained
        for name, weight in trained.named_parameters():
            weight.requires_grad_(name.split(".")[0] in self.learns)
        return trained

    @cached_property
    def generators(self) -> Mapping[Medium, FrozenGenerator]:
        return {
            medium: open_generator(medium, generator, str(self.device))
            for medium, generator in self.shape.generators.items()
        }

    @cached_property
    def retriever(self) -> Comparer | None:
        retriever = self.shape.retriever
        return open_model(user_catalogue()[retriever.card]) if retriever else None

    @cached_property
    def vocabulary(self) -> Tensor:
        """The token ids that occur in answers."""
        answers = (
            exchange.answer
            for kind in DIALOGUE_BUILDERS
            for number in range(VOCABULARY_DIALOGUES // len(DIALOGUE_BUILDERS))
            for exchange in make_dialogue(kind, "train", 0, number).exchanges
        )
        ids = self.model.tokenizer(list(answers), add_special_tokens=False).input_ids
        return torch.tensor(sorted({id for row in ids for id in row}))

    def dialogues(self, kinds: Mapping[str, float], number: int, count: int) -> list[Dialogue]:
        """Sample a step's dialogues; `kinds` maps each kind to its weight."""
        rng = np.random.default_rng((self.seed, number))
        shares = np.array(list(kinds.values()))
        chosen = rng.choice(list(kinds), count, p=shares / shares.sum())
        first = number * count
        return [
            make_dialogue(str(kind), "train", self.seed, first + index)
            for index, kind in enumerate(chosen)
        ]

    def to_device(self, batch: Batch) -> Batch:
        """Move a batch to the device of the network."""
        return cast("Batch", send_to_device(batch, self.device))

    def answer_loss(self, batch: DialogueBatch, states: Tensor) -> Tensor:
        """Compute the cross-entropy of answers over their vocabulary and random words."""
        mask = batch.labels != IGNORED
        labels = batch.labels[mask].to(states.device)
        size = len(self.model.network.word_embeddings)
        others = torch.cat([self.vocabulary, torch.randint(size, (RANDOM_WORDS,))]).to(labels)
        words = torch.cat([others, labels[labels < size]]).unique()
        columns = torch.zeros(size + len(self.shape.generators)).to(labels)
        indices = torch.arange(len(words) + len(self.shape.generators)).to(labels)
        columns[words] = indices[: len(words)]
        columns[size:] = indices[len(words) :]
        logits = self.model.network.next_logits(states[mask], words)
        return functional.cross_entropy(logits.float(), columns[labels])

    def conditioning_loss(self, medium: Medium, target: GeneratorTarget, states: Tensor) -> Tensor:
        """Compare predicted conditioning with the text conditioning of a generator."""
        conditioning = self.model.network.predict_conditioning(medium, states)
        vectors, presence = conditioning.vectors.float(), conditioning.presence.float()
        distance = (vectors - target.vectors).square().mean(dim=2)[target.mask].mean()
        presence_loss = functional.binary_cross_entropy_with_logits(presence, target.mask.float())
        loss = distance / target.vectors[target.mask].var() + PRESENCE_WEIGHT * presence_loss
        if self.denoising_weight:
            loss = loss + self.denoising_weight * self.generators[medium].denoising_loss(
                target.outputs, vectors, target.mask
            )
        return loss

    def retrieval_loss(self, target: RetrievalTarget, states: Tensor) -> Tensor:
        """Compute the contrastive loss, and that of the retrieval decision."""
        query = self.model.network.predict_query(states)
        assert query
        logits = LOGIT_SCALE * query.vectors @ target.vectors.T
        labels = torch.arange(len(logits)).to(logits.device)
        decision_loss = functional.binary_cross_entropy_with_logits(
            query.retrieve_logits, target.retrieve
        )
        return functional.cross_entropy(logits, labels) + decision_loss

    def ship(self, folder: Path) -> None:
        from safetensors.torch import save_file

        self.shape.write(folder)
        weights = {name: weight.half() for name, weight in self.network.state_dict().items()}
        save_file(weights, folder / WEIGHTS)

    def load_weights(self, folder: Path) -> None:
        self.network.load_state_dict(read_weights(folder / WEIGHTS))

    def current_weight_names(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return current_weight_names(weights)

    def own_card(self) -> str:
        assert isinstance(self.language_model, str)
        return joint_card(user_catalogue()[self.language_model])

    def about(self) -> Iterable[str]:
        trained, frozen = self.model.network.weight_counts()
        generators = [generator.card for generator in self.shape.generators.values()]
        return (
            "Architecture II: the connectors and the LoRA that join a frozen language model "
            f"({self.language_model}) with a vision encoder "
            f"({self.shape.vision_encoder}) and an audio encoder "
            f"({self.shape.audio_encoder}) on one side and generators ({', '.join(generators)}) "
            f"on the other. Of its {(trained + frozen) / 1e6:.0f} million weights "
            f"{trained / 1e6:.1f} million ({trained / (trained + frozen):.1%}) are trained.",
            "It was trained on dialogues of the sprite world (evals/world/dialogue/dialogues.py) "
            "in three stages (train/joint/joint_recipe.py). The test split has phrasings and "
            "combinations that the training split does not have. It knows only the sprite world.",
        )


class InputConnectorRecipe(JointRecipe[DialogueBatch]):
    """Stage 1: train the input connectors on captions and questions."""

    stage = 1
    kinds: ClassVar = {
        "describe": 0.35,
        "ask": 0.35,
        "mark": 0.05,
        "describe film": 0.1,
        "describe sound": 0.15,
    }
    learns = ("inputs",)
    learning_rate = 2e-3

    def batch(self, number: int) -> DialogueBatch:
        return make_batch(self.dialogues(self.kinds, number, self.batch_size), self.model, {})

    def loss(self, batch: DialogueBatch) -> Tensor:
        batch = self.to_device(batch)
        states = self.model.network.hidden_states(batch.ids, batch.features, batch.mask)
        return self.answer_loss(batch, states)

    def score(self) -> Mapping[str, float]:
        return score_answers(self.model, self.kinds, SCORED_DIALOGUES)


class SignalBatch(NamedTuple):
    """Hidden states at signals of one medium, and their targets."""

    medium: Medium
    states: Tensor
    target: GeneratorTarget


class OutputConnectorRecipe(JointRecipe[SignalBatch]):
    """Stage 2: train the output connectors on cached hidden states at signals."""

    stage = 2
    kinds: Mapping[str, float] = {"draw": 0.3, "sum": 0.1, "film": 0.3, "sound": 0.3}
    learns = ("outputs",)
    batch_size = 64
    sentences = 4_096
    """Dialogues whose hidden states are computed once."""

    @cached_property
    def samples(self) -> Mapping[Medium, SignalBatch]:
        """The cached training samples, by medium."""
        batches: dict[Medium, list[SignalBatch]] = {medium: [] for medium in self.shape.generators}
        network = self.model.network
        with torch.no_grad():
            for number in range(self.sentences // self.batch_size):
                dialogues = self.dialogues(self.kinds, number, self.batch_size)
                batch = make_batch(dialogues, self.model, self.generators)
                states = network.hidden_states(batch.ids, batch.features, batch.mask)
                for medium, target in batch.generator_targets.items():
                    signal_states = network.signal_states(medium, batch.ids, states)
                    batches[medium].append(SignalBatch(medium, signal_states, target))
        return {medium: _concatenate(parts) for medium, parts in batches.items()}

    def batch(self, number: int) -> SignalBatch:
        media = list(self.samples)
        medium, states, target = self.samples[media[number % len(media)]]
        rng = np.random.default_rng((self.seed, number))
        rows = torch.from_numpy(rng.choice(len(states), self.batch_size, replace=False))
        return SignalBatch(medium, states[rows], GeneratorTarget(*(part[rows] for part in target)))

    def loss(self, batch: SignalBatch) -> Tensor:
        batch = self.to_device(batch)
        return self.conditioning_loss(batch.medium, batch.target, batch.states)

    def score(self) -> Mapping[str, float]:
        return score_conditioned_drawings(self.model, ("draw", "sum"), SCORED_DIALOGUES)


def _concatenate(parts: Sequence[SignalBatch]) -> SignalBatch:
    target = GeneratorTarget(
        *(torch.cat(tensors) for tensors in zip(*(part.target for part in parts), strict=True))
    )
    return SignalBatch(parts[0].medium, torch.cat([part.states for part in parts]), target)


class DialogueRecipe(JointRecipe[DialogueBatch]):
    """Stage 3: train all connectors and the LoRA on dialogues between media."""

    stage = 3
    text_kinds: ClassVar = {
        "draw": 0.27, "sum": 0.2, "next": 0.14, "film": 0.11, "sound": 0.13, "find": 0.15
    }  # fmt: skip
    media_kinds: ClassVar = {
        "again": 0.2,
        "ask": 0.17,
        "describe": 0.08,
        "left over": 0.07,
        "mark": 0.15,
        "at": 0.07,
        "describe film": 0.03,
        "describe sound": 0.05,
        "heard": 0.12,
        "sounds like": 0.06,
    }
    learns = ("inputs", "outputs", "signals", "medium_head", "retrieval_head", "lora")

    def batch(self, number: int) -> DialogueBatch:
        # Dialogues of similar length, so that a batch has little padding.
        kinds = self.media_kinds if number % 2 else self.text_kinds
        dialogues = self.dialogues(kinds, number, self.batch_size)
        return make_batch(dialogues, self.model, self.generators, self.retriever)

    def loss(self, batch: DialogueBatch) -> Tensor:
        batch = self.to_device(batch)
        network = self.model.network
        states = network.hidden_states(batch.ids, batch.features, batch.mask)
        loss = self.answer_loss(batch, states)
        for medium, target in batch.generator_targets.items():
            signal_states = network.signal_states(medium, batch.ids, states)
            loss = loss + self.conditioning_loss(medium, target, signal_states)
            if medium == "image" and batch.retrieval_target:
                loss = loss + RETRIEVAL_WEIGHT * self.retrieval_loss(
                    batch.retrieval_target, signal_states
                )
        return loss

    def score(self) -> Mapping[str, float]:
        return {
            **score_answers(self.model, ("ask", "describe", "left over", "at"), SCORED_DIALOGUES),
            **score_boxes(self.model, SCORED_DIALOGUES),
            **score_attention(self.model, SCORED_DIALOGUES),
            **score_drawings(
                self.model, ("draw", "subtract", "fewer", "next", "heard"), SCORED_DIALOGUES
            ),
            **score_sounds(self.model, ("sound", "sounds like"), SCORED_DIALOGUES),
            **score_retrieval(self.model, SCORED_DIALOGUES),
            **score_arithmetic(self.model, SCORED_DIALOGUES),
        }


STAGES = {
    recipe.stage: recipe for recipe in (InputConnectorRecipe, OutputConnectorRecipe, DialogueRecipe)
}
