"""Which model performs a command: by what the profile allows, never asked of the language model."""

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

_CALLED = {Image.kind: "picture", Audio.kind: "sound", Video.kind: "film"}


@dataclass(frozen=True)
class Choice:
    """A model and why it was taken; no model where the tool needs none."""

    model: str = ""
    revision: str = ""
    reason: str = ""

    def is_form_of(self, other: Choice) -> bool:
        """Whether the other is the same model, in this or another form."""
        return self.model.partition("#")[0] == other.model.partition("#")[0]


def pin_of(model: str) -> str:
    """How a plan names that model: `detect/yolox-nano` is pinned as `detect@yolox_nano(…)`."""
    return model.rpartition("/")[2].replace("-", "_").replace(".", "_")


def is_written(tool: Tool[..., Any]) -> bool:
    """Whether the language model that writes the plans can perform the tool."""
    return tool.model_class is not None and issubclass(Writer, tool.model_class)


def knows_only_scenes(tool: Tool[..., Any], profile: Profile) -> bool:
    """Whether the tool takes pictures or sounds and all its models were trained on scenes."""
    taken = [str(parameter.type) for parameter in tool.parameters]
    looks = any(kind in name for name in taken for kind in ("Image", "Audio"))
    cards = profile.cards_for(tool.name) if tool.model_class else ()
    return looks and bool(cards) and all(card.domain == SCENE for card in cards)


def choose(
    tool: Tool[..., Any],
    pin: str,
    arguments: Mapping[str, Value],
    profile: Profile,
    conductor: str,
) -> list[Choice]:
    """The models that may perform the command, best first; never empty.

    `conductor` is the language model that writes the plans.
    """
    if tool.model_class is None:
        return [Choice()]
    cards = profile.cards_for(tool.name)
    if not cards and is_written(tool):
        return [Choice(CONDUCTOR, conductor, f"{conductor}, which writes the plans too")]
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
        return _in_order(pinned, "chosen in the plan", profile)
    # If none can, the best one says what it cannot do.
    cards = tuple(card for card in cards if card.takes(arguments)) or cards
    return _choose_by_domain(tool, cards, arguments, profile)


def _choose_by_domain(
    tool: Tool[..., Any],
    cards: Sequence[Card],
    arguments: Mapping[str, Value],
    profile: Profile,
) -> list[Choice]:
    """Models made for scenes see scenes only; for a scene they come before all others.

    So it is with films and sounds, whose scenes are those of the sprite world.
    """
    for_scenes = [card for card in cards if card.domain == SCENE]
    medium = next(filter(None, map(_first_medium, arguments.values())), None)
    if not for_scenes or medium is None:
        return _in_order(
            cards, f"the best of profile {profile.name!r} by {cards[0].quality_source}", profile
        )
    others = [card for card in cards if card.domain != SCENE]
    kind = _CALLED[medium.kind]
    if is_scene(medium):
        return _in_order(
            [*for_scenes, *others], f"the {kind} is a scene of the sprite world", profile
        )
    if not others:
        raise ToolError(
            f"{tool.name} knows only scenes of the sprite world in profile {profile.name!r}, and "
            f"this {kind} is none",
            hint="describe, detect and read_text work on photos; other profiles may have a model",
        )
    return _in_order(others, f"the best for a {kind} that is no scene of the sprite world", profile)


def _in_order(cards: Sequence[Card], reason: str, profile: Profile) -> list[Choice]:
    choices: list[Choice] = []
    for card in cards:
        for form in (card, *profile.smaller_forms(card)):
            why = reason if not choices else "the next best, as the one before could not be used"
            if form.forms:
                why += f"; in {form.forms[0].describe()}"
            choices.append(Choice(form.id, form.revision, why))
    return choices


def is_scene(medium: Image | Audio | Video) -> bool:
    """Whether it comes from the sprite world, or could; of a film the first picture tells."""
    import PIL.Image

    if isinstance(medium, Audio):
        return is_sprite_audio(medium)
    if isinstance(medium, Video):
        medium = Image(PIL.Image.fromarray(next(medium.frames())))
    return image_domain(medium) == SCENE


def _first_medium(value: Value) -> Image | Audio | Video | None:
    items = cast("list[Value]", value) if isinstance(value, list) else [value]
    return next((item for item in items if isinstance(item, (Image, Audio, Video))), None)
