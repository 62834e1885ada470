"""Training batches of dialogues: token ids, labels, media features and targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from agent.joint.dialogue import encode_request, encode_text, end_id
from agent.joint.joint_config import Medium
from agent.joint.joint_model import JointModel
from agent.joint.network.media_encoders import frame_indices
from evals.scoring.vision_scores import to_image
from evals.world import Film, Scene, Sound
from evals.world.dialogue.dialogues import Dialogue, WorldExchange, WorldMedia
from tools.library.vision.compare import Comparer
from train.joint.generator_targets import FrozenGenerator

IGNORED = -100


class GeneratorTarget(NamedTuple):
    """The conditioning and the output that a generator is trained towards."""

    vectors: Tensor
    """(N, max_vectors, width)"""
    mask: Tensor
    """(N, max_vectors): true where a vector is present."""
    outputs: Tensor
    """(N, channels, rows, columns): the generator's output."""


class RetrievalTarget(NamedTuple):
    """The embeddings of requested images."""

    vectors: Tensor
    """(N, width): unit vectors in the retriever's embedding space."""
    retrieve: Tensor
    """(N): 1 where the image is to be retrieved, 0 where it is to be generated."""


class DialogueBatch(NamedTuple):
    """A batch of dialogues, padded at the end."""

    ids: Tensor
    """(B, T)"""
    mask: Tensor
    """(B, T): false for padding."""
    labels: Tensor
    """(B, T): the next id within an answer, else IGNORED."""
    features: Mapping[Medium, Tensor]
    """(N, slots, features): encoder features, in the order of the slots in the ids."""
    generator_targets: Mapping[Medium, GeneratorTarget]
    """The targets of the signals in the ids, in order."""
    retrieval_target: RetrievalTarget | None
    """The retrieval targets of the images among these."""


def kind_of(content: WorldMedia) -> Medium:
    if isinstance(content, Scene):
        return "image"
    return "video" if isinstance(content, Film) else "audio"


def make_batch(
    dialogues: Sequence[Dialogue],
    model: JointModel,
    generators: Mapping[Medium, FrozenGenerator],
    retriever: Comparer | None = None,
    codes_of: Callable[[WorldExchange], Sequence[int]] = lambda exchange: (),
) -> DialogueBatch:
    """Build a batch from dialogues; every answer in them is a target.

    A medium without a generator is answered in text alone. `codes_of` returns the ids that follow
    the signals of a last answer.
    """
    network, tokenizer = model.network, model.tokenizer
    size, end = len(network.word_embeddings), end_id(tokenizer)
    media = list(network.shape.generators)
    rows: list[list[int]] = []
    label_rows: list[list[int]] = []
    for dialogue in dialogues:
        row: list[int] = []
        row_labels: list[int] = []
        for number, exchange in enumerate(dialogue.exchanges, start=1):
            kinds: list[Medium] = [kind_of(content) for content in exchange.inputs]
            request = encode_request(kinds, exchange.request, tokenizer, network)
            answer_ids = encode_text(exchange.answer, tokenizer)
            answer_medium = kind_of(exchange.output) if exchange.output else None
            next_label = size + media.index(answer_medium) if answer_medium in media else end
            row_labels += [*[IGNORED] * (len(request) - 1), *answer_ids, next_label]
            # Only the text of earlier answers is read again (agent/joint/joint_model.py).
            if answer_medium in media and number == len(dialogue.exchanges):
                row += [
                    *request,
                    *answer_ids,
                    *network.signal_ids(answer_medium),
                    *codes_of(exchange),
                ]
            else:
                row += [*request, *answer_ids, end]
            row_labels += [IGNORED] * (len(row) - len(row_labels))
        rows.append(row)
        label_rows.append(row_labels)
    longest = max(map(len, rows))
    return DialogueBatch(
        ids=torch.tensor([row + [end] * (longest - len(row)) for row in rows]),
        mask=torch.tensor([[True] * len(row) + [False] * (longest - len(row)) for row in rows]),
        labels=torch.tensor([row + [IGNORED] * (longest - len(row)) for row in label_rows]),
        features=_encode_media(dialogues, model),
        generator_targets={
            medium: target
            for medium in generators
            if (target := _generator_target(dialogues, medium, generators))
        },
        retrieval_target=_retrieval_target(dialogues, retriever) if retriever else None,
    )


def _encode_media(dialogues: Sequence[Dialogue], model: JointModel) -> dict[Medium, Tensor]:
    contents = [
        content
        for dialogue in dialogues
        for exchange in dialogue.exchanges
        for content in exchange.inputs
    ]
    features: dict[Medium, Tensor] = {}
    if pictures := [each.pixels for each in contents if isinstance(each, Scene)]:
        features["image"] = model.encoders.encode_images(_tensor(np.stack(pictures)))
    if films := [each.pixels for each in contents if isinstance(each, Film)]:
        features["video"] = model.encoders.encode_videos(
            _tensor(np.stack([film[frame_indices(len(film))] for film in films]))
        )
    if sounds := [each.samples for each in contents if isinstance(each, Sound)]:
        features["audio"] = model.encoders.encode_audio(sounds)
    return features


def _tensor(pixels: np.ndarray) -> Tensor:
    """(…, rows, columns, colours) → (…, colours, rows, columns), from 0 to 1."""
    return torch.from_numpy(pixels).movedim(-1, -3).float() / 255


def _generator_target(
    dialogues: Sequence[Dialogue], medium: Medium, generators: Mapping[Medium, FrozenGenerator]
) -> GeneratorTarget | None:
    examples = [
        (dialogue.output, dialogue.exchanges[-1].answer)
        for dialogue in dialogues
        if dialogue.output and kind_of(dialogue.output) == medium
    ]
    if not examples:
        return None
    generator = generators[medium]
    return GeneratorTarget(
        *generator.encode_text([answer for _, answer in examples]),
        generator.encode_outputs(examples),
    )


def _retrieval_target(dialogues: Sequence[Dialogue], retriever: Comparer) -> RetrievalTarget | None:
    last = [dialogue.exchanges[-1] for dialogue in dialogues]
    exchanges = [exchange for exchange in last if isinstance(exchange.output, Scene)]
    if not exchanges:
        return None
    pictures = [to_image(each.output) for each in exchanges if isinstance(each.output, Scene)]
    retrieve = torch.tensor([float(each.is_retrieval) for each in exchanges])
    return RetrievalTarget(torch.from_numpy(retriever.vectors(pictures)), retrieve)
