"""Train the joint model of Architecture III to write images as codes.

It starts from the input connectors and the LoRA of Architecture II, so that one stage is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from agent.joint.code_model import CodeMind
from agent.joint.joint_config import Shape
from agent.joint.joint_model import WEIGHTS
from evals.scoring.joint_scores import score_answers, score_drawn, score_told
from evals.world import Scene
from evals.world.dialogue.dialogues import Dialogue, Exchange
from evals.world.images.scene_claims import read_sentence
from train.joint.joint_batches import Talks, talks_of
from train.joint.joint_recipe import SCORED, JointRecipe
from train.joint.joint_variants import LANGUAGE_MODEL_CARD, SHAPE, in_codes
from train.loop.recipe import SHIPPED
from train.recipes.scene_truth import layers_of

CODES_SHAPE = in_codes(SHAPE)
EARLIER = SHIPPED / "joint" / WEIGHTS
KEPT = ("inputs", "lora")
"""Prefixes of the weights that are initialized from Architecture II."""
SILENT = 3
"""Rounds without media for each round with media, which is slower and teaches fewer codes."""
ROUND = 4
"""Batches whose dialogues are sorted by length; otherwise a third of a batch is padding."""


class Coding(JointRecipe[Talks]):
    """Train on dialogues with image codes after the text."""

    name: ClassVar[str] = "codes"
    model_id: ClassVar[str] = "joint/codes"
    shapes: ClassVar = {}
    mind_class: ClassVar = CodeMind
    mind: CodeMind
    silent: ClassVar = {"draw": 0.55, "sum": 0.27, "next": 0.15, "film": 0.03}
    seeing: ClassVar = {
        "again": 0.5,
        "ask": 0.2,
        "describe": 0.05,
        "left over": 0.05,
        "mark": 0.03,
        "describe film": 0.02,
        "describe sound": 0.03,
        "heard": 0.12,
    }
    learns = ("inputs", "outputs", "signals", "decide", "lora")
    decay_share = 0.3

    def __init__(
        self,
        seed: int = 0,
        device: str = "cpu",
        shape: Shape = CODES_SHAPE,
        language_model: str | Mapping[str, Path] | None = None,
        earlier: Path = EARLIER,
    ) -> None:
        self.earlier = earlier
        super().__init__(seed, device, shape, language_model)

    def build(self) -> nn.Module:
        from safetensors.torch import load_file

        trained = super().build()
        known = load_file(self.earlier)
        begun = {name: each.float() for name, each in known.items() if name.startswith(KEPT)}
        trained.load_state_dict(begun, strict=False)
        return trained

    def batch(self, number: int) -> Talks:
        turn, place = divmod(number, ROUND)
        kinds = self.silent if turn % (SILENT + 1) else self.seeing
        dialogues = sorted(self.dialogues(kinds, turn, ROUND * self.batch_size), key=_length)
        first = place * self.batch_size
        return self.talks_of(dialogues[first : first + self.batch_size])

    def talks_of(self, dialogues: Sequence[Dialogue]) -> Talks:
        """Build a batch with all answers and the last answer's codes."""
        return talks_of(dialogues, self.mind, {}, codes_of=self._codes_of)

    def _codes_of(self, exchange: Exchange) -> Sequence[int]:
        assert isinstance(exchange.made, Scene)
        network = self.mind.network
        scene = layers_of(exchange.made, read_sentence(exchange.answer).counts)
        return [network.first_code + code for code in network.codebook.encode(scene)]

    def loss(self, batch: Talks) -> Tensor:
        batch = self.moved(batch)
        network = self.mind.network
        states = network.read(batch.ids, batch.seen, batch.spoken)
        loss = self.misspoken(batch, states)
        following = batch.ids[:, 1:] - network.first_code
        coded = following >= 0
        if not coded.any():
            return loss
        return loss + functional.cross_entropy(
            network.codes(states[:, :-1][coded]), following[coded]
        )

    def score(self) -> Mapping[str, float]:
        return {
            **score_answers(self.mind, ("ask", "describe", "left over"), SCORED),
            **score_drawn(self.mind, ("draw", "subtract", "fewer", "next", "heard"), SCORED),
            **score_told(self.mind, ("draw",), SCORED),
        }

    def about(self) -> Iterable[str]:
        trained, frozen = self.mind.network.counts()
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
    things = sum(dialogue.made.counts.values()) if isinstance(dialogue.made, Scene) else 0
    return words + 2 * things
