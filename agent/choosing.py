"""Which model performs a command: by what the profile allows, never asked of the language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tools.card import Card
from tools.domain import domain_of
from tools.errors import CatalogueError, ToolError
from tools.media import Image
from tools.plugin import Tool
from tools.profile import Profile
from tools.types import Value
from tools.writer import CONDUCTOR, Writer

SCENE = "scene"
"""The domain of models trained on the sprite world."""


@dataclass(frozen=True)
class Choice:
    """A model and why it was taken; no model where the tool needs none."""

    model: str = ""
    revision: str = ""
    reason: str = ""


def pin_of(model: str) -> str:
    """How a plan names that model: `detect/yolox-nano` is pinned as `detect@yolox_nano(…)`."""
    return model.rpartition("/")[2].replace("-", "_").replace(".", "_")


def is_written(tool: Tool[..., Any]) -> bool:
    """Whether the language model that writes the plans can perform the tool."""
    return tool.model_class is not None and issubclass(Writer, tool.model_class)


def knows_only_scenes(tool: Tool[..., Any], profile: Profile) -> bool:
    """Whether the tool looks at pictures and every model it has was trained on scenes."""
    looks = any("Image" in str(parameter.type) for parameter in tool.parameters)
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
        cards = tuple(card for card in cards if pin_of(card.id) == pin)
        return [Choice(card.id, card.revision, "chosen in the plan") for card in cards]
    return _choose_by_domain(tool, cards, arguments, profile)


def _choose_by_domain(
    tool: Tool[..., Any],
    cards: Sequence[Card],
    arguments: Mapping[str, Value],
    profile: Profile,
) -> list[Choice]:
    """Models made for scenes see scenes only; for a scene they come before all others."""
    for_scenes = [card for card in cards if card.domain == SCENE]
    picture = next(filter(None, map(_first_image, arguments.values())), None)
    if not for_scenes or picture is None:
        return _in_order(
            cards, f"the best of profile {profile.name!r} by {cards[0].quality_source}"
        )
    others = [card for card in cards if card.domain != SCENE]
    if domain_of(picture) == SCENE:
        return _in_order([*for_scenes, *others], "the picture is a scene of the sprite world")
    if not others:
        raise ToolError(
            f"{tool.name} knows only scenes of the sprite world in profile {profile.name!r}, and "
            "this picture is none",
            hint="detect, recognise and read_text work on photos; other profiles may have a model",
        )
    return _in_order(others, "the best for a picture that is no scene of the sprite world")


def _in_order(cards: Sequence[Card], reason: str) -> list[Choice]:
    then = "the next best, as the one before ran out of memory"
    return [
        Choice(card.id, card.revision, then if number else reason)
        for number, card in enumerate(cards)
    ]


def _first_image(value: Value) -> Image | None:
    items = cast("list[Value]", value) if isinstance(value, list) else [value]
    return next((item for item in items if isinstance(item, Image)), None)
