"""Training batches of dialogues: token ids, labels, media features and targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from agent.joint.dialogue import end_of, words_of, write_ids
from agent.joint.joint_config import Medium
from agent.joint.joint_model import JointMind
from agent.joint.network.media_encoders import spread
from evals.scoring.vision_scores import picture_of
from evals.world import Film, Scene, Sound
from evals.world.dialogue.dialogues import Dialogue, Exchange, Shown
from tools.library.vision.compare import Comparer
from train.joint.generator_targets import Maker

IGNORED = -100


class Asked(NamedTuple):
    """The conditioning and the output that a generator is trained towards."""

    vectors: Tensor
    """(N, longest, width)"""
    there: Tensor
    """(N, longest): true where a vector is present."""
    sheets: Tensor
    """(N, channels, rows, columns): the generator's output."""


class Known(NamedTuple):
    """The embeddings of requested images."""

    vectors: Tensor
    """(N, width): unit vectors in the finder's embedding space."""
    found: Tensor
    """(N): 1 where the image is to be retrieved, 0 where it is to be generated."""


class Talks(NamedTuple):
    """A batch of dialogues, padded at the end."""

    ids: Tensor
    """(B, T)"""
    spoken: Tensor
    """(B, T): false for padding."""
    targets: Tensor
    """(B, T): the next id within an answer, else IGNORED."""
    seen: Mapping[Medium, Tensor]
    """(N, slots, features): encoder features, in the order of the slots in the ids."""
    asked: Mapping[Medium, Asked]
    """The targets of the signals in the ids, in order."""
    known: Known | None
    """The retrieval targets of the images among these."""


def kind_of(given: Shown) -> Medium:
    if isinstance(given, Scene):
        return "image"
    return "video" if isinstance(given, Film) else "audio"


def talks_of(
    dialogues: Sequence[Dialogue],
    mind: JointMind,
    makers: Mapping[Medium, Maker],
    finder: Comparer | None = None,
    codes_of: Callable[[Exchange], Sequence[int]] = lambda exchange: (),
) -> Talks:
    """Build a batch from dialogues; every answer in them is a target.

    A medium without a generator is answered in text alone. `codes_of` returns the ids that follow
    the signals of a last answer.
    """
    network, tokenizer = mind.network, mind.tokenizer
    size, end = len(network.words), end_of(tokenizer)
    media = list(network.shape.generators)
    rows: list[list[int]] = []
    targets: list[list[int]] = []
    for dialogue in dialogues:
        row: list[int] = []
        told: list[int] = []
        for number, exchange in enumerate(dialogue.exchanges, start=1):
            kinds: list[Medium] = [kind_of(given) for given in exchange.given]
            request = write_ids(kinds, exchange.request, tokenizer, network)
            said = words_of(exchange.answer, tokenizer)
            made = kind_of(exchange.made) if exchange.made else None
            after = size + media.index(made) if made in media else end
            told += [*[IGNORED] * (len(request) - 1), *said, after]
            # Only the text of earlier answers is read again (agent/joint/joint_model.py).
            if made in media and number == len(dialogue.exchanges):
                row += [*request, *said, *network.signals_of(made), *codes_of(exchange)]
            else:
                row += [*request, *said, end]
            told += [IGNORED] * (len(row) - len(told))
        rows.append(row)
        targets.append(told)
    longest = max(map(len, rows))
    return Talks(
        ids=torch.tensor([row + [end] * (longest - len(row)) for row in rows]),
        spoken=torch.tensor([[True] * len(row) + [False] * (longest - len(row)) for row in rows]),
        targets=torch.tensor([told + [IGNORED] * (longest - len(told)) for told in targets]),
        seen=_seen(dialogues, mind),
        asked={medium: found for medium in makers if (found := _asked(dialogues, medium, makers))},
        known=_known(dialogues, finder) if finder else None,
    )


def _seen(dialogues: Sequence[Dialogue], mind: JointMind) -> dict[Medium, Tensor]:
    given = [each for d in dialogues for exchange in d.exchanges for each in exchange.given]
    seen: dict[Medium, Tensor] = {}
    if pictures := [each.pixels for each in given if isinstance(each, Scene)]:
        seen["image"] = mind.encoders.of_pictures(_tensor(np.stack(pictures)))
    if films := [each.pixels for each in given if isinstance(each, Film)]:
        seen["video"] = mind.encoders.of_films(
            _tensor(np.stack([film[spread(len(film))] for film in films]))
        )
    if sounds := [each.samples for each in given if isinstance(each, Sound)]:
        seen["audio"] = mind.encoders.of_sounds(sounds)
    return seen


def _tensor(pixels: np.ndarray) -> Tensor:
    """(…, rows, columns, colours) → (…, colours, rows, columns), from 0 to 1."""
    return torch.from_numpy(pixels).movedim(-1, -3).float() / 255


def _asked(
    dialogues: Sequence[Dialogue], medium: Medium, makers: Mapping[Medium, Maker]
) -> Asked | None:
    made = [
        (dialogue.made, dialogue.exchanges[-1].answer)
        for dialogue in dialogues
        if dialogue.made and kind_of(dialogue.made) == medium
    ]
    if not made:
        return None
    maker = makers[medium]
    return Asked(*maker.told([answer for _, answer in made]), maker.sheets(made))


def _known(dialogues: Sequence[Dialogue], finder: Comparer) -> Known | None:
    last = [dialogue.exchanges[-1] for dialogue in dialogues]
    asked = [each for each in last if isinstance(each.made, Scene)]
    if not asked:
        return None
    pictures = [picture_of(each.made) for each in asked if isinstance(each.made, Scene)]
    found = torch.tensor([float(each.found) for each in asked])
    return Known(torch.from_numpy(finder.vectors(pictures)), found)
