"""Model routing: choose the models for a tool call by profile, card and argument domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tools.errors import CatalogueError, ToolError
from tools.media import Audio, Image, Video
from tools.models.card import Card
from tools.models.media_domain import MediaDomain, media_domains
from tools.models.profile import Profile
from tools.sdk.plan_types import Value
from tools.sdk.text_writer import CONDUCTOR, Writer
from tools.sdk.typed_function import TypedFunction

DomainTest = Callable[[Image | Audio | Video, MediaDomain], bool]
"""Whether a medium belongs to a domain."""
_MEDIUM_NAMES = {Image.kind: "picture", Audio.kind: "sound", Video.kind: "film"}


@dataclass(frozen=True)
class ModelChoice:
    """A model and the reason for choosing it; no model where the tool needs none."""

    model: str = ""
    revision: str = ""
    reason: str = ""
    card: Card | None = None
    """The model's card, with its load variant; None for a language model."""

    def is_same_model(self, other: ModelChoice) -> bool:
        """Return whether both are the same model, in any load variant."""
        return self.model.partition("#")[0] == other.model.partition("#")[0]


def pin_of(model: str) -> str:
    """Return the name that pins a model in a plan: `yolox_nano` for `detect/yolox-nano`."""
    return model.rpartition("/")[2].replace("-", "_").replace(".", "_")


def uses_writer(tool: TypedFunction[..., Any]) -> bool:
    """Return whether the planner's language model can perform the tool."""
    return tool.model_class is not None and issubclass(Writer, tool.model_class)


def required_domains(tool: TypedFunction[..., Any], profile: Profile) -> frozenset[str]:
    """Return the domains to which all models of an image or audio tool are limited, if any."""
    types = [str(parameter.type) for parameter in tool.parameters]
    takes_media = any(kind in name for name in types for kind in ("Image", "Audio"))
    cards = profile.cards_for(tool.name) if tool.model_class else ()
    domains = frozenset(card.domain for card in cards)
    return domains if takes_media and domains <= media_domains().keys() else frozenset()


def choose_models(
    tool: TypedFunction[..., Any],
    pin: str,
    arguments: Mapping[str, Value],
    profile: Profile,
    conductor: str,
    belongs_to: DomainTest = lambda medium, domain: domain.contains(medium),
) -> list[ModelChoice]:
    """Return the models that may perform the call, best first; never empty.

    `conductor` is the language model that writes the plans; `belongs_to` tests whether a medium
    belongs to a domain, by default by its content.
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
            page_hint="choose another profile in the side panel",
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
    return _choose_by_domain(tool, cards, arguments, profile, belongs_to)


def _choose_by_domain(
    tool: TypedFunction[..., Any],
    cards: Sequence[Card],
    arguments: Mapping[str, Value],
    profile: Profile,
    belongs_to: DomainTest,
) -> list[ModelChoice]:
    """Put the models of the medium's domain first, and leave out those of other domains."""
    domain = _first_domain(cards)
    medium = next(filter(None, map(_first_medium, arguments.values())), None)
    if domain is None or medium is None:
        return _choices_in_order(
            cards, f"the best of profile {profile.name!r} by {cards[0].quality_source}", profile
        )
    limited = [card for card in cards if card.domain == domain.name]
    others = [card for card in cards if card.domain != domain.name]
    kind = _MEDIUM_NAMES[medium.kind]
    if belongs_to(medium, domain):
        return _choices_in_order([*limited, *others], f"the {kind} is a {domain.singular}", profile)
    if not others:
        raise ToolError(
            f"{tool.name} knows only {domain.plural} in profile {profile.name!r}, and "
            f"this {kind} is none",
            hint=domain.alternatives,
        )
    return _choices_in_order(others, f"the best for a {kind} that is no {domain.singular}", profile)


def _first_domain(cards: Sequence[Card]) -> MediaDomain | None:
    """Return the domain with a test that the first limited card names."""
    domains = media_domains()
    return next((domains[card.domain] for card in cards if card.domain in domains), None)


def _choices_in_order(cards: Sequence[Card], reason: str, profile: Profile) -> list[ModelChoice]:
    choices: list[ModelChoice] = []
    for card in cards:
        for variant in (card, *profile.smaller_variants(card)):
            why = reason if not choices else "the next best, as the one before could not be used"
            if variant.variants:
                why += f"; in {variant.variants[0].describe()}"
            choices.append(ModelChoice(variant.id, variant.revision, why, variant))
    return choices


def _first_medium(value: Value) -> Image | Audio | Video | None:
    items = cast("list[Value]", value) if isinstance(value, list) else [value]
    return next((item for item in items if isinstance(item, (Image, Audio, Video))), None)
