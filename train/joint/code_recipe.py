"""Train the joint model of Architecture III to write images as codes.

It starts from the input connectors and the LoRA of Architecture II, so that one stage is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from agent.joint.code_model import CodeModel
from agent.joint.joint_config import JointShape
from agent.joint.joint_model import WEIGHTS
from agent.joint.network.joint_weights import read_weights
from evals.scoring.joint_scores import score_answers, score_conditioned_drawings, score_drawings
from evals.world import Scene
from evals.world.dialogue.dialogues import Dialogue, WorldExchange
from evals.world.images.scene_claims import read_sentence
from train.joint.joint_batches import DialogueBatch, make_batch
from train.joint.joint_recipe import SCORED_DIALOGUES, JointRecipe
from train.joint.joint_variants import LANGUAGE_MODEL_CARD, SHAPE, code_shape
from train.loop.recipe import SHIPPED
from train.recipes.scene_truth import scene_to_layers

CODES_SHAPE = code_shape(SHAPE)
BASE_WEIGHTS = SHIPPED / "joint" / WEIGHTS
BASE_PREFIXES = ("inputs", "lora")
"""Prefixes of the weights that are initialized from Architecture II."""
TEXT_ROUNDS = 3
"""Rounds without media for each round with media, which is slower and teaches fewer codes."""
ROUND_BATCHES = 4
"""Batches whose dialogues are sorted by length; otherwise a third of a batch is padding."""


class CodeRecipe(JointRecipe[DialogueBatch]):
    """Train on dialogues with image codes after the text."""

    name: ClassVar[str] = "codes"
    model_id: ClassVar[str] = "joint/codes"
    shapes: ClassVar = {}
    model_class: ClassVar = CodeModel
    model: CodeModel
    text_kinds: ClassVar = {"draw": 0.55, "sum": 0.27, "next": 0.15, "film": 0.03}
    media_kinds: ClassVar = {
        "again": 0.5,
        "ask": 0.2,
        "describe": 0.05,
        "left over": 0.05,
        "mark": 0.03,
        "describe film": 0.02,
        "describe sound": 0.03,
        "heard": 0.12,
    }
    learns = ("inputs", "outputs", "signals", "medium_head", "lora")
    decay_share = 0.3

    def __init__(
        self,
        seed: int = 0,
        device: str = "cpu",
        shape: JointShape = CODES_SHAPE,
        language_model: str | Mapping[str, Path] | None = None,
        base_weights: Path = BASE_WEIGHTS,
    ) -> None:
        self.base_weights = base_weights
        super().__init__(seed, device, shape, language_model)

    def build(self) -> nn.Module:
        trained = super().build()
        initial_weights = {
            name: weight
            for name, weight in read_weights(self.base_weights).items()
            if name.startswith(BASE_PREFIXES)
        }
        trained.load_state_dict(initial_weights, strict=False)
        return trained

    def batch(self, number: int) -> DialogueBatch:
        round_number, index = divmod(number, ROUND_BATCHES)
        kinds = self.text_kinds if round_number % (TEXT_ROUNDS + 1) else self.media_kinds
        dialogues = sorted(
            self.dialogues(kinds, round_number, ROUND_BATCHES * self.batch_size), key=_length
        )
        first = index * self.batch_size
        return self.batch_of(dialogues[first : first + self.batch_size])

    def batch_of(self, dialogues: Sequence[Dialogue]) -> DialogueBatch:
        """Build a batch with all answers and the last answer's codes."""
        return make_batch(dialogues, self.model, {}, codes_of=self._codes_of)

    def _codes_of(self, exchange: WorldExchange) -> Sequence[int]:
        assert isinstance(exchange.output, Scene)
        network = self.model.network
        scene = scene_to_layers(exchange.output, read_sentence(exchange.answer).counts)
        return [network.first_code + code for code in network.codebook.encode(scene)]

    def loss(self, batch: DialogueBatch) -> Tensor:
        batch = self.to_device(batch)
        network = self.model.network
        states = network.hidden_states(batch.ids, batch.features, batch.mask)
        loss = self.answer_loss(batch, states)
        next_codes = batch.ids[:, 1:] - network.first_code
        is_code = next_codes >= 0
        if not is_code.any():
            return loss
        return loss + functional.cross_entropy(
            network.codes(states[:, :-1][is_code]), next_codes[is_code]
        )

    def score(self) -> Mapping[str, float]:
        return {
            **score_answers(self.model, ("ask", "describe", "left over"), SCORED_DIALOGUES),
            **score_drawings(
                self.model, ("draw", "subtract", "fewer", "next", "heard"), SCORED_DIALOGUES
            ),
            **score_conditioned_drawings(self.model, ("draw",), SCORED_DIALOGUES),
        }

    def about(self) -> Iterable[str]:
        trained, frozen = self.model.network.weight_counts()
        return (
            "Architecture III in small: a frozen language model "
            f"({LANGUAGE_MODEL_CARD}) with the input connectors and the LoRA of Architecture II, "
            "which writes its pictures itself, in codes of a codebook "
            "(tools/sprites/weights/codebook), "
            f"without a diffusion model. Of its {(trained + frozen) / 1e6:.0f} million weights "
            f"{trained / 1e6:.1f} million ({trained / (trained + frozen):.1%}) are trained.",
            "It was trained on dialogues of the sprite world "
            "(evals/world/dialogue/dialogues.py), starting from Architecture II. The test split "
            "has phrasings and combinations that the training split does not have. It makes "
            "pictures only and answers requests for a film or a sound with words. It knows "
            "only the sprite world.",
        )


def _length(dialogue: Dialogue) -> int:
    """Estimate the number of tokens of a dialogue."""
    words = sum(
        len(f"{exchange.request} {exchange.answer}".split()) for exchange in dialogue.exchanges
    )
    things = sum(dialogue.output.counts.values()) if isinstance(dialogue.output, Scene) else 0
    return words + 2 * things
