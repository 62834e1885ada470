"""Text → video: generate the layers of a video, from which its frames are composed.

A layered video has a cut-out of the moving object, one of a still object, their positions at 16
moments, and the background colour (tools/sprites/video_sheet.py): 10 patches, where the pixels of
the same video would be a thousand. Every object is centred in its cut-out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evals.scoring.video_scores import score_animator, score_film_maker
from evals.user_catalogue import user_catalogue
from evals.world import Film, films, make_film
from evals.world.images.scene_content import COLOURS
from evals.world.images.scene_layout import UNITS
from evals.world.sprite_cutouts import sprite_cutout
from evals.world.sprites import OBJECTS, sprite
from evals.world.video.film_content import MOTIONS
from evals.world.video.motion import SpritePose
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.models.residency.card_loader import open_model
from tools.sprites.adapters.known_objects import OBJECTS_FILE
from tools.sprites.adapters.video_layers import FilmLayers
from tools.sprites.posed_layers import Layer, LayerPose, compose_frames
from tools.sprites.sheet_patches import CHANNELS, SIDE
from tools.sprites.video_sheet import COLUMNS, PATCH, LayeredVideo, from_sheet, to_sheet
from train.loop.catalogue_card import new_card
from train.recipes.flow_recipe import FlowRecipe, LabelledSentences
from train.recipes.object_cutouts import object_list
from train.recipes.prx_recipe import GUIDANCE, STEPS

if TYPE_CHECKING:
    import PIL.Image

LABELS = (
    *OBJECTS,
    *(f"{name} standing by" for name in OBJECTS),
    *MOTIONS,
    "slow",
    "fast",
    *COLOURS,
)
VOCABULARY_FILMS = 8_000
"""Enough videos for every word to occur."""
JUDGE = "detect/sprites"
SCORED_FILMS = 100
SETTINGS = {
    "rows": str(SIDE), "columns": str(COLUMNS), "steps": str(STEPS), "guidance": str(GUIDANCE)
}  # fmt: skip
"""The settings in the card."""
SHEET_SENTENCES = (
    "a dog running to the left",
    "a car driving to the right on a blue background",
    "a rocket flying up fast",
    "an apple falling",
    "a frog jumping up and down",
    "a star growing",
    "a cat walking to the right past a tree",
    "a ghost vanishing on black",
)
SHEET_FRAMES = (0, 3, 6, 9, 12, 15)


def film_to_layers(film: Film) -> LayeredVideo:
    """Return the video's ground truth as layers."""
    return LayeredVideo(
        background=_background(film.content.background),
        moving=_layer(film, len(film.poses) - 1),
        static=_layer(film, 0) if len(film.poses) > 1 else None,
    )


def _layer(film: Film, number: int) -> Layer:
    name, poses = film.poses[number]
    first_pose = next(pose for pose in poses if pose)
    return Layer(
        _object_cutout(name, first_pose.flipped), [pose and _relative_pose(pose) for pose in poses]
    )


def _relative_pose(pose: SpritePose) -> LayerPose:
    return LayerPose(pose.x / UNITS, pose.y / UNITS, pose.side / UNITS)


@cache
def _background(colour: str) -> tuple[float, float, float]:
    red, green, blue = COLOURS[colour]
    return red / 255, green / 255, blue / 255


@cache
def _object_cutout(name: str, flipped: bool) -> NDArray[np.float32]:
    return sprite_cutout(sprite(name, SIDE, flipped))


class FilmRecipe(FlowRecipe):
    """Generate a video of what a sentence of the sprite world describes."""

    name: ClassVar[str] = "film"
    model_id: ClassVar[str] = "make_video/sprites"
    card: ClassVar[str] = new_card(
        ["make_video", "animate"],
        "tools.sprites.adapters.video_layers:FilmLayers",
        SETTINGS | {"enlarge": "4"},
        "film what is not of the sprite world, move two things, or bring a photo to life",
        "film",
    )
    channels, rows, columns, patch = CHANNELS, SIDE, COLUMNS, PATCH
    labels = len(LABELS)
    max_tokens = 48
    vocabulary_size = 900

    def sentences(self) -> Iterable[str]:
        return (make_film("train", 0, number).speak() for number in range(VOCABULARY_FILMS))

    def values(self, first: int, count: int) -> Tensor:
        sampled_films = islice(films("train", self.seed, first=first), count)
        return torch.from_numpy(
            np.stack([to_sheet(film_to_layers(film)) for film in sampled_films])
        )

    def reading(self, first: int, count: int) -> LabelledSentences:
        sampled_films = list(islice(films("train", self.seed, first=first), count))
        labels = torch.zeros(count, len(LABELS))
        for row, film in zip(labels, sampled_films, strict=True):
            row[[LABELS.index(label) for label in _true_labels(film)]] = 1
        return LabelledSentences([film.speak() for film in sampled_films], labels)

    def score(self) -> Mapping[str, float]:
        """Score videos of held-out sentences with the small detector."""
        judge = open_model(user_catalogue()[JUDGE])
        maker = FilmLayers(Pipeline(self.sampler, SETTINGS), SETTINGS, object_list(OBJECTS))
        scores = {
            "": score_film_maker(maker, judge, SCORED_FILMS),
            ", in unseen phrasing": score_film_maker(maker, judge, SCORED_FILMS, "unseen"),
            ", from a picture": score_animator(maker, judge, SCORED_FILMS),
        }
        return {
            measure + suffix: score.share
            for suffix, measures in scores.items()
            for measure, score in measures.items()
        }

    def about(self) -> Iterable[str]:
        return (
            "Generates a film of what a sentence describes, 16 frames of 64×64 pixels: a "
            "PRXPixelPipeline of diffusers, trained from scratch, that generates the layers of the "
            "film instead of its frames: a cut-out of the moving object and of a still one, their "
            "paths, and a plain background. Given a picture, it takes the objects from it and "
            "generates only the path.",
            "It was trained on films of the sprite world (evals/world), each under four noises, "
            "with a sentence. The test asks for motions that it never saw with those objects; the "
            "small detector judges the frames. Only one object can move, in one of these ways: "
            "left, right, up, down, bouncing, growing, shrinking, appearing, vanishing.",
            self.reading_sentence(),
        )

    def sheet(self) -> PIL.Image.Image:
        import PIL.Image

        side = 64
        contact_sheet = PIL.Image.new(
            "RGB", (len(SHEET_FRAMES) * side, len(SHEET_SENTENCES) * side)
        )
        for row, text in enumerate(SHEET_SENTENCES):
            film = from_sheet(self.sheet_for(text, seed=0).float().numpy())
            colour = np.array([round(255 * part) for part in film.background], np.uint8)
            ground = np.broadcast_to(colour, (side, side, 3))
            layers = [film.static, film.moving] if film.static else [film.moving]
            pictures = list(compose_frames(ground, layers, 16))
            for column, number in enumerate(SHEET_FRAMES):
                picture = PIL.Image.fromarray(pictures[number])
                contact_sheet.paste(picture, (column * side, row * side))
        return contact_sheet.resize(
            (contact_sheet.width * 2, contact_sheet.height * 2), PIL.Image.Resampling.NEAREST
        )

    def ship(self, folder: Path) -> None:
        super().ship(folder)
        (folder / OBJECTS_FILE).write_text(object_list(OBJECTS))


def _true_labels(film: Film) -> frozenset[str]:
    content = film.content
    labels = (content.name, content.motion, content.background)
    bystander = (f"{content.other} standing by",) if content.other else ()
    return frozenset((*labels, *bystander, *((content.speed,) if content.speed else ())))
