"""Models that run elsewhere, which a plan sends data to only with consent."""

from __future__ import annotations

from collections import Counter

from agent.plan import CheckedPlan, commands
from agent.runtime.session import Session
from tools.models.card import Card
from tools.models.routing import pin_of


def cards_to_approve(checked: CheckedPlan, session: Session) -> Counter[Card]:
    """Return the untrusted endpoints that a plan may use, with the calls of each."""
    return Counter(
        card
        for command in commands(checked)
        for card in session.profile.cards_for(command.tool)
        if card.endpoint and not card.endpoint.trusted and command.pin in ("", pin_of(card.id))
    )


def approval_reasons(checked: CheckedPlan, session: Session) -> list[str]:
    """Return what a person should know before data is sent, one sentence an endpoint."""
    return [_reason(card, count) for card, count in cards_to_approve(checked, session).items()]


def _reason(card: Card, call_count: int) -> str:
    assert card.endpoint
    calls = "one call" if call_count == 1 else f"{call_count} calls"
    price_usd = call_count * card.endpoint.price_usd
    price = f", for about {price_usd:.2f} USD" if price_usd else ""
    return f"it may send its inputs to {card.endpoint.host} in {calls} of {card.id}{price}"
