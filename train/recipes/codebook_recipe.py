"""Train the codebooks of agent/joint/network/codebook.py on scenes.

Mini-batch k-means: each codebook starts with vectors far apart (k-means++), and moves each to the
mean of its nearest rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from agent.joint.network.codebook import (
    BOOKS,
    WEIGHTS,
    Book,
    Codebook,
    corners_of,
    looks_of,
    places_of,
    sizes_of,
)
from evals.scoring.image_scores import SIDE as SIDE_JUDGED
from evals.scoring.joint_scores import matches_answer, open_painter_and_judge
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scenes import Scene, make_scene
from evals.world.splits import Split
from tools import Image
from tools.sprites.scene_sheet import LayeredScene
from train.loop.catalogue_card import new_card
from train.loop.recipe import Recipe
from train.recipes.scene_truth import scene_to_layers

SIZES: Mapping[Book, int] = {"corner": 8, "look": 90, "place": 64, "size": 16}
"""Number of codes in each codebook."""
TRAINING_SCENES = 6_000
"""Scenes in the training data."""
SCORED_SCENES = 300


class CodebookRecipe(Recipe[Mapping[Book, Tensor]]):
    """Codebooks by the squared distance to the nearest code."""

    name: ClassVar[str] = "codebook"
    model_id: ClassVar[str] = "decode/scenes"
    card: ClassVar[str] = new_card(
        ["decode"],
        "agent.joint.network.codebook:Codebook",
        {"side": str(4 * SIDE_JUDGED)},
        "show anything but the codes that a joint model writes",
        "codebook",
    )
    batch_size = 512
    learning_rate = 3e-3
    warmup_steps = 0
    weight_decay = 0.0
    averaging = 0.98
    bfloat16 = False
    sizes: Mapping[Book, int] = SIZES

    def build(self) -> nn.Module:
        books = nn.ParameterDict()
        for name in BOOKS:
            books[name] = nn.Parameter(_initial_codes(self.rows[name], self.sizes[name]))
        return books

    @cached_property
    def rows(self) -> Mapping[Book, Tensor]:
        """The vectors of the training scenes, by codebook."""
        vectors: dict[Book, list[NDArray[np.float32]]] = {name: [] for name in BOOKS}
        for scene in map(layers_by_caption, _scenes("train", self.seed, TRAINING_SCENES)):
            vectors["corner"].append(corners_of(scene))
            for group in scene.groups:
                vectors["look"].append(looks_of(group))
                vectors["place"].append(places_of(group))
                vectors["size"].append(sizes_of(group))
        return {name: torch.from_numpy(np.concatenate(rows)) for name, rows in vectors.items()}

    def batch(self, number: int) -> Mapping[Book, Tensor]:
        rng = np.random.default_rng((self.seed, number))
        return {
            name: rows[torch.from_numpy(rng.integers(len(rows), size=self.batch_size))]
            for name, rows in self.rows.items()
        }

    def loss(self, batch: Mapping[Book, Tensor]) -> Tensor:
        """Return the mean squared distance of each row to its nearest code."""
        distance = torch.zeros(())
        for name, rows in batch.items():
            book = self.network.get_parameter(name)
            nearest = book[torch.cdist(rows, book.detach()).argmin(dim=1)]
            distance = distance + (rows - nearest).square().sum(dim=1).mean()
        return distance

    def score(self) -> Mapping[str, float]:
        return score_codebook(self.codebook(), SCORED_SCENES)

    def codebook(self) -> Codebook:
        return Codebook({name: self.network.get_parameter(name).numpy() for name in BOOKS})

    def about(self) -> Iterable[str]:
        return (
            "Codebooks that describe a picture instead of pixels or words: colours of the "
            "background, cut-outs of objects, positions, and sizes with sides "
            "(agent/joint/network/codebook.py). A picture is a sequence of "
            f"some of {sum(self.sizes.values())} codes. There are as many cut-outs as the sprite "
            "world has objects, outlines by their colours, so that each has a code of its own.",
            "The codebooks were trained on training scenes. The test decodes the codes of scenes "
            "in held-out combinations, and the small detector checks which objects it finds.",
        )

    def ship(self, folder: Path) -> None:
        from safetensors.torch import save_file

        save_file(
            {name: book.half() for name, book in self.network.state_dict().items()},
            folder / WEIGHTS,
        )

    def load_weights(self, folder: Path) -> None:
        from safetensors.torch import load_file

        books = load_file(folder / WEIGHTS)
        self.network.load_state_dict({name: book.float() for name, book in books.items()})


def score_codebook(codebook: Codebook, count: int) -> Mapping[str, float]:
    """Score how much of unseen scenes survives encoding and decoding."""
    _, judge = open_painter_and_judge()
    original_fits: list[bool] = []
    decoded_fits: list[bool] = []
    offsets: list[float] = []
    lengths: list[int] = []
    for scene in _scenes("test", 0, count):
        layers = layers_by_caption(scene)
        codes = codebook.encode(layers)
        decoded = codebook.decode(codes)
        lengths.append(len(codes))
        offsets += _distances(layers, decoded)
        original_fits.append(matches_answer(scene.caption, judge.find(_render(layers))))
        if original_fits[-1]:
            decoded_fits.append(matches_answer(scene.caption, judge.find(_render(decoded))))
    return {
        "scenes in which the detector finds everything": sum(original_fits) / len(original_fits),
        "of these, it still does when they were told in codes": sum(decoded_fits)
        / len(decoded_fits),
        f"pixels of {SIDE_JUDGED} between where a thing stands and where codes put it": (
            sum(offsets) / len(offsets)
        ),
        "codes of a picture": sum(lengths) / count,
    }


def layers_by_caption(scene: Scene) -> LayeredScene:
    """Return the scene's layers, its groups in the order of its caption."""
    return scene_to_layers(scene, read_sentence(scene.caption).counts)


def _scenes(split: Split, seed: int, count: int) -> Iterator[Scene]:
    return (make_scene(split, seed, number, SIDE_JUDGED, "clear") for number in range(count))


def _render(scene: LayeredScene) -> Image:
    import PIL.Image

    return Image(PIL.Image.fromarray(scene.render(SIDE_JUDGED)))


def _distances(original: LayeredScene, decoded: LayeredScene) -> Iterator[float]:
    """Yield the distance that each object has moved, in pixels."""
    for original_group, decoded_group in zip(original.groups, decoded.groups, strict=True):
        for before, after in zip(original_group.objects, decoded_group.objects, strict=True):
            distance = np.hypot(after.pose.x - before.pose.x, after.pose.y - before.pose.y)
            yield float(distance) * SIDE_JUDGED


def _initial_codes(rows: Tensor, count: int) -> Tensor:
    """Sample initial codes by k-means++: far rows are more likely."""
    sample = rows[torch.randperm(len(rows))[: 4 * TRAINING_SCENES]]
    codes = [sample[0]]
    nearest = torch.full((len(sample),), torch.inf)
    while len(codes) < count:
        nearest = nearest.minimum((sample - codes[-1]).square().sum(dim=1))
        codes.append(sample[int(torch.multinomial(nearest + 1e-12, 1))])
    return torch.stack(codes)
