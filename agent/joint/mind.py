"""The joint model in memory: eyes, ears, connectors, and the language model between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from agent.joint.conversing import Conversationalist
from agent.joint.dialogue import Exchange, end_of, words_of, write_ids
from agent.joint.reply import Reply
from agent.joint.shape import CONFIG, Medium, Shape
from tools import Embedding
from tools.card_loader import open_model
from tools.cards import Catalogue

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

    from agent.joint.encoders import Encoders
    from agent.joint.network import JointNetwork, Sought, Told

WEIGHTS = "model.safetensors"
LANGUAGE_MODEL = "language_model/"
"""Before the names of the files of the language model in the middle."""
LONGEST = 48
"""Words and signals of an answer."""


class JointMind(Conversationalist):
    """Answers with words and signals.

    Its files are those that `batuta train joint` ships, and those of its language model.
    """

    def __init__(
        self, network: JointNetwork, tokenizer: PreTrainedTokenizerBase, encoders: Encoders
    ) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.encoders = encoders

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        from safetensors.torch import load_file

        kept_apart = {
            name.removeprefix(LANGUAGE_MODEL): path
            for name, path in files.items()
            if name.startswith(LANGUAGE_MODEL)
        }
        mind = cls.begin(Shape.read(files[CONFIG]), kept_apart)
        kept = load_file(files[WEIGHTS])
        mind.network.trained.load_state_dict({name: each.float() for name, each in kept.items()})
        return mind

    @classmethod
    def begin(cls, shape: Shape, language_model: Mapping[str, Path]) -> Self:
        """A joint model around that language model whose connectors have learnt nothing yet."""
        from agent.joint.encoders import Encoders
        from agent.joint.language_model import open_language_model
        from agent.joint.network import JointNetwork

        catalogue = Catalogue.load()
        network, tokenizer = open_language_model(language_model)
        eyes, ears = open_model(catalogue[shape.eyes]), open_model(catalogue[shape.ears])
        encoders = Encoders(eyes, ears, shape.slots)
        joint = JointNetwork(shape, network)
        joint.trained.eval()
        return cls(joint, tokenizer, encoders)

    def converse(self, exchanges: list[Exchange]) -> Reply:
        import torch

        ids, seen = self.read(exchanges)
        with torch.inference_mode():
            written = self.network.answer(ids, seen, end=end_of(self.tokenizer), longest=LONGEST)
        size = len(self.network.words)
        text = cast("str", self.tokenizer.decode([each for each in written.ids if each < size]))
        return Reply(
            text.strip(),
            {medium: self._embedding(medium, each) for medium, each in written.told.items()},
            self._sought(written.sought),
            len(ids),
            len(written.ids),
        )

    def tell(self, exchanges: list[Exchange], answer: str, medium: Medium) -> Embedding:
        """What the generator of a medium would be told had it answered with these words."""
        import torch

        ids, seen = self.read(exchanges)
        signals = self.network.signals_of(medium)
        row = torch.tensor([[*ids, *words_of(answer, self.tokenizer), *signals]])
        with torch.inference_mode():
            states = self.network.read(row, seen, torch.ones_like(row, dtype=torch.bool))
            told = self.network.told(medium, states[:, -len(signals) :])
        return self._embedding(medium, told)

    def read(self, exchanges: list[Exchange]) -> tuple[list[int], dict[Medium, Tensor]]:
        """The ids of a dialogue, and what was seen of its media."""
        import torch

        ids: list[int] = []
        seen: dict[Medium, list[Tensor]] = {}
        for exchange in exchanges:
            kinds = cast("list[Medium]", [medium.kind for medium in exchange.media])
            for kind, medium in zip(kinds, exchange.media, strict=True):
                seen.setdefault(kind, []).append(self.encoders.of(medium))
            ids += write_ids(kinds, exchange.request, self.tokenizer, self.network)
            if exchange.answer is not None:
                ids += [*words_of(exchange.answer, self.tokenizer), end_of(self.tokenizer)]
        return ids, {kind: torch.stack(rows) for kind, rows in seen.items()}

    def _sought(self, sought: Sought | None) -> Embedding | None:
        """Where to look for a picture; None if it is rather to be made."""
        finder = self.network.shape.finder
        if not finder or not sought or sought.rather[0] <= 0:
            return None
        return Embedding.of(sought.vectors.numpy(), finder.card)

    def _embedding(self, medium: Medium, told: Told) -> Embedding:
        """The vectors that are there; one at least."""
        there = int((told.there[0] > 0).sum().clamp(min=1))
        card = self.network.shape.generators[medium].card
        return Embedding.of(told.vectors[0, :there].numpy(), card)
