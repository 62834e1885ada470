"""The joint model of Architecture II: encoders, connectors and a language model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from agent.joint.arithmetic_request import Term
from agent.joint.attention_probe import Look
from agent.joint.dialogue import Exchange, end_of, words_of, write_ids
from agent.joint.joint_config import CONFIG, Medium, Shape
from agent.joint.joint_reply import Reply
from agent.joint.joint_tools import Conversationalist
from tools import Embedding
from tools.models.catalogue import Catalogue
from tools.models.residency.card_loader import open_model

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from agent.joint.network.joint_network import JointNetwork, Sought, Told
    from agent.joint.network.media_encoders import Encoders

WEIGHTS = "model.safetensors"
LANGUAGE_MODEL = "language_model/"
"""The prefix of the names of the language model's files."""
LONGEST = 48
"""The maximum number of tokens and signals in an answer."""


class JointMind(Conversationalist):
    """A joint model that answers with text and signal tokens.

    Its files are those that `batuta train joint` writes, and those of its language model.
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
        mind = cls.begin(Shape.read(files[CONFIG]), kept_apart, device)
        kept = load_file(files[WEIGHTS])
        mind.network.trained.load_state_dict({name: each.float() for name, each in kept.items()})
        return mind

    @classmethod
    def begin(cls, shape: Shape, language_model: Mapping[str, Path], device: str = "cpu") -> Self:
        """Build a joint model with untrained connectors around a language model."""
        from agent.joint.network.base_language_model import open_language_model
        from agent.joint.network.media_encoders import Encoders

        catalogue = Catalogue.load()
        network, tokenizer = open_language_model(language_model, device)
        eyes, ears = (
            open_model(catalogue[card], device, dtype="float32")
            for card in (shape.eyes, shape.ears)
        )
        encoders = Encoders(eyes, ears, shape.slots)
        joint = cls.network_around(network, shape)
        joint.trained.to(device).eval()
        return cls(joint, tokenizer, encoders)

    @classmethod
    def network_around(cls, language_model: PreTrainedModel, shape: Shape) -> JointNetwork:
        """Build the network that connects the language model with media."""
        from agent.joint.network.joint_network import JointNetwork

        return JointNetwork(shape, language_model)

    def converse(self, exchanges: list[Exchange], seed: int = 0) -> Reply:
        import torch

        from agent.joint.network.attention import watched

        ids, seen = self.read(exchanges)
        asked = len(ids) - len(words_of(exchanges[-1].request, self.tokenizer)) - 1
        with torch.inference_mode(), watched(self.network.body, len(ids), asked) as gaze:
            written = self.network.answer(
                ids, seen, end=end_of(self.tokenizer), longest=LONGEST, seed=seed
            )
        size = len(self.network.words)
        text = cast("str", self.tokenizer.decode([each for each in written.ids if each < size]))
        return Reply(
            text.strip(),
            {medium: self._embedding(medium, each) for medium, each in written.told.items()},
            self._sought(written.sought),
            len(ids),
            len(written.ids),
            tuple(self._looks(ids, seen, gaze.shares())),
        )

    def add(self, terms: list[Term]) -> Reply:
        import torch

        from agent.joint.embedding_arithmetic import add_up

        with torch.inference_mode():
            found = add_up(self, terms)
            told = self.network.told("image", found.states)
            sought = self.network.sought(found.states)
        signs = ("−" if term.sign < 0 else "+" for term in terms)
        read = " ".join(f"{sign} {words}" for sign, words in zip(signs, found.read_as, strict=True))
        return Reply(
            read.removeprefix("+ "),
            {"image": self._embedding("image", told)},
            self._place(sought) if sought else None,
            found.tokens_read,
            found.tokens_written,
        )

    def tell(
        self, exchanges: list[Exchange], answer: str, medium: Medium, seed: int = 0
    ) -> Embedding:
        """Return the conditioning for a medium after a given answer."""
        import torch

        from agent.joint.network.base_language_model import forward_with_cache, new_cache

        ids, seen = self.read(exchanges)
        row = torch.tensor([[*ids, *words_of(answer, self.tokenizer)]])
        with torch.inference_mode():
            cache = new_cache(self.network.body)
            forward_with_cache(self.network.body, self.network.embed(row, seen), cache)
            asked = self.network.ask_for(medium, cache, seed)
        return self._embedding(medium, asked.told[medium])

    def read(self, exchanges: list[Exchange]) -> tuple[list[int], dict[Medium, Tensor]]:
        """Encode a dialogue as token ids and media features."""
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

    def _looks(
        self, ids: Sequence[int], seen: Mapping[Medium, Tensor], shares: Sequence[float]
    ) -> Iterator[Look]:
        """Yield the attention to each medium of a dialogue, in order."""
        slots = {medium: self.network.slots_of(medium) for medium in seen}
        kinds = {same[0]: medium for medium, same in slots.items()}
        rows = {medium: iter(each) for medium, each in seen.items()}
        place = 0
        while place < len(ids):
            medium = kinds.get(ids[place])
            if medium is None:
                place += 1
                continue
            row, end = next(rows[medium]), place + len(slots[medium])
            boxes = self.encoders.eyes.boxes_of(row) if medium == "image" else []
            yield Look.of(shares[place:end], boxes)
            place = end

    def _sought(self, sought: Sought | None) -> Embedding | None:
        """Return the retrieval query; None if the image is to be generated."""
        return self._place(sought) if sought and sought.rather[0] > 0 else None

    def _place(self, sought: Sought) -> Embedding | None:
        finder = self.network.shape.finder
        return Embedding.of(sought.vectors.cpu().numpy(), finder.card) if finder else None

    def _embedding(self, medium: Medium, told: Told) -> Embedding:
        """Return the vectors predicted as present, at least one."""
        there = int((told.there[0] > 0).sum().clamp(min=1))
        card = self.network.shape.generators[medium].card
        return Embedding.of(told.vectors[0, :there].cpu().numpy(), card)
