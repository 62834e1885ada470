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

from agent.joint.joint_config import Medium, Shape
from agent.joint.joint_model import WEIGHTS, JointMind
from evals.scoring.joint_scores import (
    score_added,
    score_answers,
    score_drawn,
    score_found,
    score_looked,
    score_marked,
    score_played,
    score_told,
)
from evals.world.dialogue.dialogues import MAKERS, Dialogue, make_dialogue
from tools.library.vision.compare import Comparer
from tools.models.catalogue import Catalogue
from tools.models.download import fetch
from tools.models.residency.card_loader import open_model
from train.joint.generator_targets import Maker, open_maker
from train.joint.joint_batches import IGNORED, Asked, Known, Talks, talks_of
from train.joint.joint_variants import LANGUAGE_MODEL_CARD, SHAPE, SHAPES, card_around
from train.loop.recipe import Batch, Recipe

SPOKEN = 1_500
"""Dialogues that the vocabulary of answers is collected from: enough for nearly every word."""
OTHERS = 1_000
"""Random words in the sampled softmax: the full vocabulary would cost a third of a step."""
LISTED = 0.2
"""The weight of the presence loss beside the distance of the vectors."""
MADE = 0.3
"""The weight of the denoising loss beside the conditioning loss."""
SOUGHT = 0.2
"""The weight of the retrieval loss beside the answer loss."""
SHARPNESS = 14.0
"""The logit scale of the contrastive retrieval loss: CLIP's initial value."""
SCORED = 24


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
    made = MADE
    """The weight of the denoising loss; 0 disables it."""
    mind_class: ClassVar = JointMind

    def __init__(
        self,
        seed: int = 0,
        device: str = "cpu",
        shape: Shape = SHAPE,
        language_model: str | Mapping[str, Path] | None = None,
    ) -> None:
        self.shape = shape
        self.language_model = language_model or LANGUAGE_MODEL_CARD
        super().__init__(seed, device)

    def build(self) -> nn.Module:
        card = self.language_model
        files = fetch(Catalogue.load()[card]) if isinstance(card, str) else card
        self.mind = self.mind_class.begin(self.shape, files, str(self.device))
        trained = self.mind.network.trained
        for name, weight in trained.named_parameters():
            weight.requires_grad_(name.split(".")[0] in self.learns)
        return trained

    @cached_property
    def makers(self) -> Mapping[Medium, Maker]:
        return {
            medium: open_maker(medium, each, str(self.device))
            for medium, each in self.shape.generators.items()
        }

    @cached_property
    def finder(self) -> Comparer | None:
        finder = self.shape.finder
        return open_model(Catalogue.load()[finder.card]) if finder else None

    @cached_property
    def vocabulary(self) -> Tensor:
        """The token ids that occur in answers."""
        said = (
            exchange.answer
            for kind in MAKERS
            for number in range(SPOKEN // len(MAKERS))
            for exchange in make_dialogue(kind, "train", 0, number).exchanges
        )
        ids = self.mind.tokenizer(list(said), add_special_tokens=False).input_ids
        return torch.tensor(sorted({id for row in ids for id in row}))

    def dialogues(self, kinds: Mapping[str, float], number: int, count: int) -> list[Dialogue]:
        """Sample a step's dialogues; `kinds` maps each kind to its weight."""
        chance = np.random.default_rng((self.seed, number))
        shares = np.array(list(kinds.values()))
        chosen = chance.choice(list(kinds), count, p=shares / shares.sum())
        first = number * count
        return [
            make_dialogue(str(kind), "train", self.seed, first + place)
            for place, kind in enumerate(chosen)
        ]

    def moved(self, batch: Batch) -> Batch:
        """Move a batch to the device of the network."""
        return cast("Batch", send_to_device(batch, self.device))

    def misspoken(self, talks: Talks, states: Tensor) -> Tensor:
        """Compute the cross-entropy of answers over their vocabulary and random words."""
        answered = talks.targets != IGNORED
        wanted = talks.targets[answered].to(states.device)
        size = len(self.mind.network.words)
        others = torch.cat([self.vocabulary, torch.randint(size, (OTHERS,))]).to(wanted)
        words = torch.cat([others, wanted[wanted < size]]).unique()
        place = torch.zeros(size + len(self.shape.generators)).to(wanted)
        numbers = torch.arange(len(words) + len(self.shape.generators)).to(wanted)
        place[words] = numbers[: len(words)]
        place[size:] = numbers[len(words) :]
        scores = self.mind.network.next_scores(states[answered], words)
        return functional.cross_entropy(scores.float(), place[wanted])

    def mistold(self, medium: Medium, asked: Asked, states: Tensor) -> Tensor:
        """Compare predicted conditioning with the text conditioning of a generator."""
        told = self.mind.network.told(medium, states)
        vectors, there = told.vectors.float(), told.there.float()
        far = (vectors - asked.vectors).square().mean(dim=2)[asked.there].mean()
        counted = functional.binary_cross_entropy_with_logits(there, asked.there.float())
        loss = far / asked.vectors[asked.there].var() + LISTED * counted
        if self.made:
            loss = loss + self.made * self.makers[medium].wrong(asked.sheets, vectors, asked.there)
        return loss

    def missought(self, known: Known, states: Tensor) -> Tensor:
        """Compute the contrastive loss, and that of the retrieval decision."""
        sought = self.mind.network.sought(states)
        assert sought
        alike = SHARPNESS * sought.vectors @ known.vectors.T
        right = torch.arange(len(alike)).to(alike.device)
        found = functional.binary_cross_entropy_with_logits(sought.rather, known.found)
        return functional.cross_entropy(alike, right) + found

    def ship(self, folder: Path) -> None:
        from safetensors.torch import save_file

        self.shape.write(folder)
        weights = {name: each.half() for name, each in self.network.state_dict().items()}
        save_file(weights, folder / WEIGHTS)

    def take(self, folder: Path) -> None:
        from safetensors.torch import load_file

        kept = load_file(folder / WEIGHTS)
        self.network.load_state_dict({name: each.float() for name, each in kept.items()})

    def own_card(self) -> str:
        assert isinstance(self.language_model, str)
        return card_around(Catalogue.load()[self.language_model])

    def about(self) -> Iterable[str]:
        trained, frozen = self.mind.network.counts()
        makers = [each.card for each in self.shape.generators.values()]
        return (
            "Architecture II: the connectors and the LoRA that join a frozen language model "
            f"({self.language_model}) with a vision encoder ({self.shape.eyes}) and an audio "
            f"encoder ({self.shape.ears}) on one side and generators ({', '.join(makers)}) on the "
            f"other. Of its {(trained + frozen) / 1e6:.0f} million weights "
            f"{trained / 1e6:.1f} million ({trained / (trained + frozen):.1%}) are trained.",
            "It was trained on dialogues of the sprite world (evals/world/dialogue/dialogues.py) "
            "in three stages (train/joint/joint_recipe.py). The test split has phrasings and "
            "combinations that the training split does not have. It knows only the sprite world.",
        )


class Perceiving(JointRecipe[Talks]):
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

    def batch(self, number: int) -> Talks:
        return talks_of(self.dialogues(self.kinds, number, self.batch_size), self.mind, {})

    def loss(self, batch: Talks) -> Tensor:
        batch = self.moved(batch)
        states = self.mind.network.read(batch.ids, batch.seen, batch.spoken)
        return self.misspoken(batch, states)

    def score(self) -> Mapping[str, float]:
        return score_answers(self.mind, self.kinds, SCORED)


class Telling(NamedTuple):
    """Hidden states at signals of one medium, and their targets."""

    medium: Medium
    states: Tensor
    asked: Asked


class Directing(JointRecipe[Telling]):
    """Stage 2: train the output connectors on cached hidden states at signals."""

    stage = 2
    kinds: Mapping[str, float] = {"draw": 0.3, "sum": 0.1, "film": 0.3, "sound": 0.3}
    learns = ("outputs",)
    batch_size = 64
    sentences = 4_096
    """Dialogues whose hidden states are computed once."""

    @cached_property
    def known(self) -> Mapping[Medium, Telling]:
        """The cached training samples, by medium."""
        found: dict[Medium, list[Telling]] = {medium: [] for medium in self.shape.generators}
        network = self.mind.network
        with torch.no_grad():
            for number in range(self.sentences // self.batch_size):
                dialogues = self.dialogues(self.kinds, number, self.batch_size)
                talks = talks_of(dialogues, self.mind, self.makers)
                states = network.read(talks.ids, talks.seen, talks.spoken)
                for medium, asked in talks.asked.items():
                    at = network.signal_states(medium, talks.ids, states)
                    found[medium].append(Telling(medium, at, asked))
        return {medium: _together(each) for medium, each in found.items()}

    def batch(self, number: int) -> Telling:
        media = list(self.known)
        medium, states, asked = self.known[media[number % len(media)]]
        chance = np.random.default_rng((self.seed, number))
        rows = torch.from_numpy(chance.choice(len(states), self.batch_size, replace=False))
        return Telling(medium, states[rows], Asked(*(part[rows] for part in asked)))

    def loss(self, batch: Telling) -> Tensor:
        batch = self.moved(batch)
        return self.mistold(batch.medium, batch.asked, batch.states)

    def score(self) -> Mapping[str, float]:
        return score_told(self.mind, ("draw", "sum"), SCORED)


def _together(parts: Sequence[Telling]) -> Telling:
    asked = Asked(*(torch.cat(each) for each in zip(*(part.asked for part in parts), strict=True)))
    return Telling(parts[0].medium, torch.cat([part.states for part in parts]), asked)


class Conversing(JointRecipe[Talks]):
    """Stage 3: train all connectors and the LoRA on dialogues between media."""

    stage = 3
    silent: ClassVar = {
        "draw": 0.27, "sum": 0.2, "next": 0.14, "film": 0.11, "sound": 0.13, "find": 0.15
    }  # fmt: skip
    seeing: ClassVar = {
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
    learns = ("inputs", "outputs", "signals", "decide", "seek", "lora")

    def batch(self, number: int) -> Talks:
        # Dialogues of similar length, so that a batch has little padding.
        kinds = self.seeing if number % 2 else self.silent
        dialogues = self.dialogues(kinds, number, self.batch_size)
        return talks_of(dialogues, self.mind, self.makers, self.finder)

    def loss(self, batch: Talks) -> Tensor:
        batch = self.moved(batch)
        network = self.mind.network
        states = network.read(batch.ids, batch.seen, batch.spoken)
        loss = self.misspoken(batch, states)
        for medium, asked in batch.asked.items():
            at = network.signal_states(medium, batch.ids, states)
            loss = loss + self.mistold(medium, asked, at)
            if medium == "image" and batch.known:
                loss = loss + SOUGHT * self.missought(batch.known, at)
        return loss

    def score(self) -> Mapping[str, float]:
        return {
            **score_answers(self.mind, ("ask", "describe", "left over", "at"), SCORED),
            **score_marked(self.mind, SCORED),
            **score_looked(self.mind, SCORED),
            **score_drawn(self.mind, ("draw", "subtract", "fewer", "next", "heard"), SCORED),
            **score_played(self.mind, ("sound", "sounds like"), SCORED),
            **score_found(self.mind, SCORED),
            **score_added(self.mind, SCORED),
        }


STAGES = {recipe.stage: recipe for recipe in (Perceiving, Directing, Conversing)}
