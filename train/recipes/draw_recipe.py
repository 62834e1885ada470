"""Text → image: generate the layers of a scene, from which the image is composed.

A layered scene has a cut-out for each kind of object, the position of each object, and a
background (tools/sprites/scene_sheet.py): 7 patches, where pixels at half the size would be 64.
Groups come in the order in which the sentence names them, and the objects of a group in reading
order. So the text alone decides which objects there are and how many; positions are random.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from evals.scoring.image_scores import SIDE as SIDE_JUDGED
from evals.scoring.image_scores import score_painter
from evals.user_catalogue import user_catalogue
from evals.world.images.outlines import OUTLINE_COLOURS
from evals.world.images.scene_claims import Claims, read_sentence
from evals.world.images.scene_content import COLOURS, PLACES
from evals.world.images.scene_layout import SIDES
from evals.world.images.scenes import Scene, make_scene
from evals.world.phrase_templates import Phrasing, count_wordings
from evals.world.vocabulary import KINDS
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.models.residency.card_loader import open_model
from tools.sprites.adapters.known_objects import OBJECTS_FILE
from tools.sprites.adapters.scene_layers import SceneLayers
from tools.sprites.scene_sheet import COLUMNS, GROUPS, MAX_OBJECTS, from_sheet, to_sheet
from tools.sprites.sheet_patches import CHANNELS, SIDE
from train.loop.catalogue_card import new_card
from train.recipes.flow_recipe import FlowRecipe, LabelledSentences
from train.recipes.object_cutouts import object_list
from train.recipes.prx_recipe import STEPS
from train.recipes.scene_truth import scene_to_layers

if TYPE_CHECKING:
    import PIL.Image

GROUP_NUMBERS = range(1, GROUPS + 1)
"""Positions of groups in the sentence: first, second, third."""
LABELS = (
    *(f"{turn}: {name}" for turn in GROUP_NUMBERS for name in KINDS),
    *(f"{turn}: {count}" for turn in GROUP_NUMBERS for count in range(1, MAX_OBJECTS + 1)),
    *(f"{turn}: {size}" for turn in GROUP_NUMBERS for size in SIDES),
    *(f"{turn} between" for turn in GROUP_NUMBERS),
    *(
        f"{turn} {word} {other}"
        for word in ("left of", "above", "inside")
        for turn in GROUP_NUMBERS
        for other in GROUP_NUMBERS
        if turn != other
    ),
    *(place for row in PLACES for place in row),
    *(f"outlined in {colour}" for colour in OUTLINE_COLOURS),
    *(f"on {colour}" for colour in COLOURS),
)
VOCABULARY_SCENES = 8_000
"""Enough scenes for every word to occur."""
JUDGE = "detect/sprites"
SCORED_SCENES = 200
IMAGE_SIDE = 64
"""The side of the world's images in pixels."""
SETTINGS = {
    "rows": str(SIDE), "columns": str(COLUMNS), "steps": str(STEPS), "guidance": "2.0",
    "side": str(4 * IMAGE_SIDE),
}  # fmt: skip
"""The settings in the card."""
SHEET_COLUMNS = 4
SHEET_SENTENCES = (
    "an apple",
    "draw six apples",
    "three dogs",
    "nine hearts on a blue background",
    "a cat to the left of a house",
    "two bananas above a car",
    "five bees",
    "a frog inside a red square",
    "a small owl in the top left corner",
    "half a dozen stars on a black background",
    "7 minus 3 pears",
    "a fish between a tree and a rocket",
)


class DrawRecipe(FlowRecipe):
    """Draw what a sentence of the sprite world describes."""

    name: ClassVar[str] = "draw"
    model_id: ClassVar[str] = "draw/sprites"
    card: ClassVar[str] = new_card(
        ["draw"],
        "tools.sprites.adapters.scene_layers:SceneLayers",
        SETTINGS,
        "draw anything but some eighty simple things, three kinds and nine of one at most",
        "draw",
    )
    channels, rows, columns, patch = CHANNELS, SIDE, COLUMNS, SIDE
    labels = len(LABELS)
    shapes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **FlowRecipe.shapes,
        "wordings": {"phrasing": "varied"},
        "pretrained-wordings": {"pretrained": True, "phrasing": "varied"},
    }
    max_tokens = 56
    vocabulary_size = 900
    shift = 12.0
    """A patch's content shows early through the noise, so most steps are spent before that."""
    time_shift = 2.5

    def __init__(
        self,
        seed: int = 0,
        device: str = "cpu",
        *,
        pretrained: bool = False,
        phrasing: Phrasing = "seen",
    ) -> None:
        """`phrasing` is that of the sentences to learn from."""
        self.phrasing: Phrasing = phrasing
        super().__init__(seed, device, pretrained=pretrained)

    def sentences(self) -> Iterable[str]:
        return map(self._speak, _scenes(0, 0, VOCABULARY_SCENES))

    def _speak(self, scene: Scene) -> str:
        return scene.speak(0, self.phrasing)

    def values(self, first: int, count: int) -> Tensor:
        scenes = _scenes(self.seed, first, count)
        layered_scenes = (
            scene_to_layers(scene, read_sentence(self._speak(scene)).counts) for scene in scenes
        )
        return torch.from_numpy(np.stack([to_sheet(layers) for layers in layered_scenes]))

    def reading(self, first: int, count: int) -> LabelledSentences:
        texts: list[str] = []
        labels = torch.zeros(count, len(LABELS))
        for row, scene in zip(labels, _scenes(self.seed, first, count), strict=True):
            texts.append(self._speak(scene))
            row[
                [LABELS.index(label) for label in _true_labels(scene, read_sentence(texts[-1]))]
            ] = 1
        return LabelledSentences(texts, labels)

    def score(self) -> Mapping[str, float]:
        """Score drawings of held-out combinations with the small detector."""
        judge = open_model(user_catalogue()[JUDGE])
        settings = SETTINGS | {"side": str(SIDE_JUDGED)}
        painter = SceneLayers(Pipeline(self.sampler, settings), settings, object_list(KINDS))
        scores = score_painter(painter, judge, SCORED_SCENES)
        return {measure: score.share for measure, score in scores.items()}

    def about(self) -> Iterable[str]:
        return (
            "Draws what a sentence describes: a PRXPixelPipeline of diffusers, trained from "
            "scratch, that generates the layers of the picture instead of its pixels. The picture "
            "is composed from them at any size: a cut-out of 32×32 pixels for each kind of object, "
            "position and orientation of each object, and the background. It knows only the "
            "objects of the sprite world, at most three kinds and nine of one, beside, above and "
            "inside each other, on plain or gradient backgrounds. Objects of a kind differ only in "
            f"size and orientation. {self.reading_sentence()}",
            "It was trained on scenes of the sprite world (evals/world), each under four noises, "
            "with a sentence, and on further sentences with their labels, in "
            f"{count_wordings('request', self.phrasing):,} wordings of a request. The test split "
            "has combinations of objects, numbers, places and backgrounds, and phrasings, that are "
            "not in the training split; the small detector judges. Its weakness is language: with "
            "phrasings from training it draws correctly far more often.",
        )

    def sheet(self) -> PIL.Image.Image:
        import PIL.Image

        side = 2 * IMAGE_SIDE
        rows = -(-len(SHEET_SENTENCES) // SHEET_COLUMNS)
        contact_sheet = PIL.Image.new("RGB", (SHEET_COLUMNS * side, rows * side))
        for number, text in enumerate(SHEET_SENTENCES):
            layers = from_sheet(self.sheet_for(text, seed=0).float().numpy())
            row, column = divmod(number, SHEET_COLUMNS)
            contact_sheet.paste(
                PIL.Image.fromarray(layers.render(side)), (column * side, row * side)
            )
        return contact_sheet

    def ship(self, folder: Path) -> None:
        super().ship(folder)
        (folder / OBJECTS_FILE).write_text(object_list(KINDS))


def _scenes(seed: int, first: int, count: int) -> Iterable[Scene]:
    numbers = range(first, first + count)
    return (make_scene("train", seed, number, IMAGE_SIDE, "clear") for number in numbers)


def _true_labels(scene: Scene, claims: Claims) -> Iterable[str]:
    """Yield the labels of the sentence, in its order of objects."""
    turns = {name: turn for turn, name in enumerate(claims.counts, start=1)}
    for group in scene.content.groups:
        turn = turns[group.name]
        yield from (f"{turn}: {group.name}", f"{turn}: {group.count}")
        if group.size:
            yield f"{turn}: {group.size}"
        if group.colour:
            yield f"outlined in {group.colour}"
    for relation in claims.relations:
        turn = turns[relation.subject]
        if relation.word == "between":
            yield f"{turn} between"
        else:
            yield f"{turn} {relation.word} {turns[relation.objects[0]]}"
    if scene.content.place:
        yield scene.content.place
    yield from (f"on {colour}" for colour in claims.background)
