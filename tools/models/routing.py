"""Model routing: choose the models for a tool call by profile, card and argument domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tools.errors import CatalogueError, ToolError
from tools.media import Audio, Image, Video
from tools.models.card import Card
from tools.models.profile import Profile
from tools.sdk.plan_types import Value
from tools.sdk.text_writer import CONDUCTOR, Writer
from tools.sdk.tool import Tool
from tools.sprites.audio_domain import is_sprite_audio
from tools.sprites.scene_domain import image_domain

SCENE = "scene"
"""The domain of models trained on the sprite world."""

_MEDIUM_NAMES = {Image.kind: "picture", Audio.kind: "sound", Video.kind: "film"}


@dataclass(frozen=True)
class ModelChoice:
    """A model and the reason for choosing it; no model where the tool needs none."""

    model: str = ""
    revision: str = ""
    reason: str = ""

    def is_same_model(self, other: ModelChoice) -> bool:
        """Return whether both are the same model, in any load variant."""
        return self.model.partition("#")[0] == other.model.partition("#")[0]


def pin_of(model: str) -> str:
    """Return the name that pins a model in a plan: `yolox_nano` for `detect/yolox-nano`."""
    return model.rpartition("/")[2].replace("-", "_").replace(".", "_")


def uses_writer(tool: Tool[..., Any]) -> bool:
    """Return whether the planner's language model can perform the tool."""
    return tool.model_class is not None and issubclass(Writer, tool.model_class)


def accepts_only_scenes(tool: Tool[..., Any], profile: Profile) -> bool:
    """Return whether all models of an image or audio tool accept scenes only."""
    types = [str(parameter.type) for parameter in tool.parameters]
    takes_media = any(kind in name for name in types for kind in ("Image", "Audio"))
    cards = profile.cards_for(tool.name) if tool.model_class else ()
    return takes_media and bool(cards) and all(card.domain == SCENE for card in cards)


def choose_models(
    tool: Tool[..., Any],
    pin: str,
    arguments: Mapping[str, Value],
    profile: Profile,
    conductor: str,
) -> list[ModelChoice]:
    """Return the models that may perform the call, best first; never empty.

    `conductor` is the language model that writes the plans.
    """
    if tool.model_class is None:
        return [ModelChoice()]
    cards = profile.cards_for(tool.name)
    if not cards and uses_writer(tool):
        return [ModelChoice(CONDUCTOR, conductor, f"{conductor}, which writes the plans too")]
    if not cards:
        raise CatalogueError(
            f"profile {profile.name!r} has no model for {tool.name!r}",
            hint="see which profiles have one with: batuta models",
        )
    if pin:
        pinned = tuple(card for card in cards if pin_of(card.id) == pin)
        if not pinned:
            raise CatalogueError(
                f"{pin!r} is no model for {tool.name!r}",
                hint=f"choose one of these: {', '.join(pin_of(card.id) for card in cards)}",
            )
        return _choices_in_order(pinned, "chosen in the plan", profile)
    # If no card accepts the arguments, the best model reports what it does not support.
    cards = tuple(card for card in cards if card.accepts(arguments)) or cards
    return _choose_by_domain(tool, cards, arguments, profile)


def _choose_by_domain(
    tool: Tool[..., Any],
    cards: Sequence[Card],
    arguments: Mapping[str, Value],
    profile: Profile,
) -> list[ModelChoice]:
    """Put scene models first for scene input, and leave them out for anything else.

    Audio and video count as scenes when they come from the sprite world.
    """
    for_scenes = [card for card in cards if card.domain == SCENE]
    medium = next(filter(None, map(_first_medium, arguments.values())), None)
    if not for_scenes or medium is None:
        return _choices_in_order(
            cards, f"the best of profile {profile.name!r} by {cards[0].quality_source}", profile
        )
    others = [card for card in cards if card.domain != SCENE]
    kind = _MEDIUM_NAMES[medium.kind]
    if is_scene(medium):
        return _choices_in_order(
            [*for_scenes, *others], f"the {kind} is a scene of the sprite world", profile
        )
    if not others:
        raise ToolError(
            f"{tool.name} knows only scenes of the sprite world in profile {profile.name!r}, and "
            f"this {kind} is none",
            hint="describe, detect and read_text work on photos; other profiles may have a model",
        )
    return _choices_in_order(
        others, f"the best for a {kind} that is no scene of the sprite world", profile
    )


def _choices_in_order(cards: Sequence[Card], reason: str, profile: Profile) -> list[ModelChoice]:
    choices: list[ModelChoice] = []
    for card in cards:
        for variant in (card, *profile.smaller_variants(card)):
            why = reason if not choices else "the next best, as the one before could not be used"
            if variant.variants:
                why += f"; in {variant.variants[0].describe()}"
            choices.append(ModelChoice(variant.id, variant.revision, why))
    return choices


def is_scene(medium: Image | Audio | Video) -> bool:
    """Return whether a medium may come from the sprite world, a video by its first frame."""
    import PIL.Image

    if isinstance(medium, Audio):
        return is_sprite_audio(medium)
    if isinstance(medium, Video):
        medium = Image(PIL.Image.fromarray(next(medium.frames())))
    return image_domain(medium) == SCENE


def _first_medium(value: Value) -> Image | Audio | Video | None:
    items = cast("list[Value]", value) if isinstance(value, list) else [value]
    return next((item for item in items if isinstance(item, (Image, Audio, Video))), None)
