"""Tools and models that a profile loses while a package registry's client is not installed.

>>> for gap in client_gaps(Profile.load("offline", Catalogue.load(home))):
...     print(f"{gap}\nhint: {gap.fix}")
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tools.models.card import Card
from tools.models.download.programs import install_command
from tools.models.profile import Profile


@dataclass(frozen=True)
class ClientGap:
    """The tools and models that a profile loses with one client."""

    client: str
    profile: str
    tools: tuple[str, ...]
    """Tools that have no model without it."""
    models: tuple[str, ...]
    """Models left out of tools that have another one."""

    def __str__(self) -> str:
        losses: list[str] = []
        if self.tools:
            losses.append(f"has no model for {', '.join(self.tools)}")
        if self.models:
            losses.append(f"leaves out {', '.join(self.models)}")
        return f"{self.client} is not installed: profile {self.profile!r} {', and '.join(losses)}"

    @property
    def fix(self) -> str:
        """The command that installs the client."""
        return install_command(self.client)


def client_gaps(profile: Profile) -> tuple[ClientGap, ...]:
    """Return what the profile loses with each missing client, if anything."""
    gaps = (_gap(profile, client) for client in sorted(profile.missing_clients))
    return tuple(gap for gap in gaps if gap.tools or gap.models)


def _gap(profile: Profile, client: str) -> ClientGap:
    unrestricted = replace(profile, sources=profile.sources | profile.missing_clients)
    tools = profile.catalogue.tools
    lost_cards = {tool: set(_lost_cards(tool, profile, unrestricted)) for tool in tools}
    without_model = tuple(tool for tool in tools if lost_cards[tool] and not profile.offers(tool))
    models = {
        card.id for tool, cards in lost_cards.items() if tool not in without_model for card in cards
    }
    return ClientGap(client, profile.name, without_model, tuple(sorted(models)))


def _lost_cards(tool: str, profile: Profile, unrestricted: Profile) -> Iterator[Card]:
    usable = {card.id for card in profile.cards_for(tool)}
    return (card for card in unrestricted.cards_for(tool) if card.id not in usable)
