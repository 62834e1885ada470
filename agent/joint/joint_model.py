"""The joint model of Architecture II: encoders, connectors and a language model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from agent.joint.arithmetic_request import Term
from agent.joint.attention_view import MediumAttention
from agent.joint.dialogue import Exchange, encode_request, encode_text, end_id
from agent.joint.joint_config import CONFIG, JointShape, Medium
from agent.joint.joint_functions import ConversationModel
from agent.joint.joint_reply import JointReply
from tools import Embedding
from tools.models.catalogue import Catalogue
from tools.models.composite_model import CompositeModel
from tools.models.residency.card_loader import open_model

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from agent.joint.network.joint_network import Conditioning, JointNetwork, RetrievalQuery
    from agent.joint.network.media_encoders import MediaEncoders

WEIGHTS = "model.safetensors"
LANGUAGE_MODEL = "language_model/"
"""The prefix of the names of the language model's files."""
MAX_ANSWER_TOKENS = 48
"""The maximum number of tokens and signals in an answer."""


class JointModel(ConversationModel, CompositeModel):
    """A joint model that answers with text and signal tokens.

    Its files are those that `batuta train joint` writes, and those of its language model.
    """

    def __init__(
        self, network: JointNetwork, tokenizer: PreTrainedTokenizerBase, encoders: MediaEncoders
    ) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.encoders = encoders

    @classmethod
    def load_with_parts(
        cls,
        files: Mapping[str, Path],
        settings: Mapping[str, str],
        device: str,
        catalogue: Catalogue,
    ) -> Self:
        from agent.joint.network.joint_weights import read_weights

        language_model_files = {
            name.removeprefix(LANGUAGE_MODEL): path
            for name, path in files.items()
            if name.startswith(LANGUAGE_MODEL)
        }
        shape = JointShape.read(files[CONFIG])
        model = cls.create(shape, language_model_files, catalogue, device)
        model.network.trained.load_state_dict(read_weights(files[WEIGHTS]))
        return model

    @classmethod
    def create(
        cls,
        shape: JointShape,
        language_model: Mapping[str, Path],
        catalogue: Catalogue,
        device: str = "cpu",
    ) -> Self:
        """Build a joint model with untrained connectors around a language model."""
        from agent.joint.network.base_language_model import UNPACKED, open_language_model
        from agent.joint.network.media_encoders import MediaEncoders

        network, tokenizer = open_language_model(
            language_model, device, unpack_folder=catalogue.home / UNPACKED
        )
        vision_model, audio_model = (
            open_model(catalogue[card], device, dtype="float32")
            for card in (shape.vision_encoder, shape.audio_encoder)
        )
        encoders = MediaEncoders(vision_model, audio_model, shape.slots)
        joint_network = cls.build_network(network, shape, catalogue)
        joint_network.trained.to(device).eval()
        return cls(joint_network, tokenizer, encoders)

    @classmethod
    def build_network(
        cls, language_model: PreTrainedModel, shape: JointShape, catalogue: Catalogue
    ) -> JointNetwork:
        """Build the network that connects the language model with media."""
        from agent.joint.network.joint_network import JointNetwork

        return JointNetwork(shape, language_model)

    def converse(self, exchanges: list[Exchange], seed: int = 0) -> JointReply:
        import torch

        from agent.joint.network.attention import record_attention

        ids, features = self.encode_dialogue(exchanges)
        request_start = len(ids) - len(encode_text(exchanges[-1].request, self.tokenizer)) - 1
        with (
            torch.inference_mode(),
            record_attention(self.network.body, len(ids), request_start) as recorder,
        ):
            decoded = self.network.answer(
                ids, features, end=end_id(self.tokenizer), max_tokens=MAX_ANSWER_TOKENS, seed=seed
            )
        size = len(self.network.word_embeddings)
        text = cast("str", self.tokenizer.decode([item for item in decoded.ids if item < size]))
        return JointReply(
            text.strip(),
            {
                medium: self._embedding(medium, each)
                for medium, each in decoded.conditioning.items()
            },
            self._retrieval_query(decoded.query),
            len(ids),
            len(decoded.ids),
            tuple(self._attention_by_medium(ids, features, recorder.shares())),
        )

    def add(self, terms: list[Term]) -> JointReply:
        import torch

        from agent.joint.embedding_arithmetic import sum_terms

        with torch.inference_mode():
            total = sum_terms(self, terms)
            conditioning = self.network.predict_conditioning("image", total.states)
            query = self.network.predict_query(total.states)
        signs = ("−" if term.sign < 0 else "+" for term in terms)
        text = " ".join(
            f"{sign} {words}" for sign, words in zip(signs, total.descriptions, strict=True)
        )
        return JointReply(
            text.removeprefix("+ "),
            {"image": self._embedding("image", conditioning)},
            self._query_embedding(query) if query else None,
            total.tokens_read,
            total.tokens_written,
        )

    def predict_conditioning(
        self, exchanges: list[Exchange], answer: str, medium: Medium, seed: int = 0
    ) -> Embedding:
        """Return the conditioning for a medium after a given answer."""
        import torch

        from agent.joint.network.base_language_model import forward_with_cache, new_cache

        ids, features = self.encode_dialogue(exchanges)
        row = torch.tensor([[*ids, *encode_text(answer, self.tokenizer)]])
        with torch.inference_mode():
            cache = new_cache(self.network.body)
            forward_with_cache(self.network.body, self.network.embed(row, features), cache)
            decoded = self.network.request_medium(medium, cache, seed)
        return self._embedding(medium, decoded.conditioning[medium])

    def encode_dialogue(self, exchanges: list[Exchange]) -> tuple[list[int], dict[Medium, Tensor]]:
        """Encode a dialogue as token ids and media features."""
        import torch

        ids: list[int] = []
        features: dict[Medium, list[Tensor]] = {}
        for exchange in exchanges:
            kinds = cast("list[Medium]", [medium.kind for medium in exchange.media])
            for kind, medium in zip(kinds, exchange.media, strict=True):
                features.setdefault(kind, []).append(self.encoders.encode(medium))
            ids += encode_request(kinds, exchange.request, self.tokenizer, self.network)
            if exchange.answer is not None:
                ids += [*encode_text(exchange.answer, self.tokenizer), end_id(self.tokenizer)]
        return ids, {kind: torch.stack(rows) for kind, rows in features.items()}

    def _attention_by_medium(
        self, ids: Sequence[int], features: Mapping[Medium, Tensor], shares: Sequence[float]
    ) -> Iterator[MediumAttention]:
        """Yield the attention to each medium of a dialogue, in order."""
        slots = {medium: self.network.slots_of(medium) for medium in features}
        kinds = {slot_ids[0]: medium for medium, slot_ids in slots.items()}
        rows = {medium: iter(values) for medium, values in features.items()}
        index = 0
        while index < len(ids):
            medium = kinds.get(ids[index])
            if medium is None:
                index += 1
                continue
            row, end = next(rows[medium]), index + len(slots[medium])
            boxes = self.encoders.vision_encoder.boxes_of(row) if medium == "image" else []
            yield MediumAttention.from_slots(shares[index:end], boxes)
            index = end

    def _retrieval_query(self, query: RetrievalQuery | None) -> Embedding | None:
        """Return the retrieval query; None if the image is to be generated."""
        return self._query_embedding(query) if query and query.retrieve_logits[0] > 0 else None

    def _query_embedding(self, query: RetrievalQuery) -> Embedding | None:
        retriever = self.network.shape.retriever
        return Embedding.of(query.vectors.cpu().numpy(), retriever.card) if retriever else None

    def _embedding(self, medium: Medium, conditioning: Conditioning) -> Embedding:
        """Return the vectors predicted as present, at least one."""
        count = int((conditioning.presence[0] > 0).sum().clamp(min=1))
        card = self.network.shape.generators[medium].card
        return Embedding.of(conditioning.vectors[0, :count].cpu().numpy(), card)
