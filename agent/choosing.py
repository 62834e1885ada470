"""Which model performs a command: by what the profile allows, never asked of the language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.errors import CatalogueError
from tools.plugin import Tool
from tools.profile import Profile


@dataclass(frozen=True)
class Choice:
    """A model and why it was taken; no model where the tool needs none."""

    model: str = ""
    revision: str = ""
    reason: str = ""


def pin_of(model: str) -> str:
    """How a plan names that model: `detect/yolox-nano` is pinned as `detect@yolox_nano(…)`."""
    return model.rpartition("/")[2].replace("-", "_").replace(".", "_")


def choose(tool: Tool[..., Any], pin: str, profile: Profile) -> list[Choice]:
    """The models that may perform the command, best first; never empty."""
    if tool.model_class is None:
        return [Choice()]
    cards = profile.cards_for(tool.name)
    if not cards:
        raise CatalogueError(
            f"profile {profile.name!r} has no model for {tool.name!r}",
            hint="see which profiles have one with: batuta models",
        )
    if pin:
        cards = [card for card in cards if pin_of(card.id) == pin]
        return [Choice(card.id, card.revision, "chosen in the plan") for card in cards]
    reason = f"the best of profile {profile.name!r} by {cards[0].quality_source}"
    others = "the next best, as the one before ran out of memory"
    return [
        Choice(card.id, card.revision, reason if card is cards[0] else others) for card in cards
    ]
