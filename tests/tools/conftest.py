from collections.abc import Callable
from functools import cache
from threading import Event
from typing import Any

import pytest

from tests.requirements import require_weights
from tools import Audio, Image, Model
from tools.errors import Cancelled
from tools.home import home
from tools.media.open_untrusted import open_media
from tools.models.catalogue import Catalogue
from tools.models.residency.card_loader import open_model
from tools.sdk.call_context import CallContext, Progress, call_scope
from tools.sdk.tool_check import SAMPLES


@pytest.fixture(scope="session")
def load_model() -> Callable[[str], Model]:
    """The real model of a card, loaded once."""
    catalogue = Catalogue.load(home())

    @cache
    def load(card_id: str) -> Model:
        require_weights(card_id)
        return open_model(catalogue[card_id])

    return load


@pytest.fixture(scope="session")
def photo() -> Image:
    opened = open_media(SAMPLES["photo"])
    assert isinstance(opened, Image)
    return opened


@pytest.fixture(scope="session")
def portrait() -> Image:
    opened = open_media(SAMPLES["portrait"])
    assert isinstance(opened, Image)
    return opened


@pytest.fixture(scope="session")
def scene() -> Image:
    opened = open_media(SAMPLES["scene"])
    assert isinstance(opened, Image)
    return opened


@pytest.fixture(scope="session")
def sign() -> Image:
    opened = open_media(SAMPLES["sign"])
    assert isinstance(opened, Image)
    return opened


@pytest.fixture(scope="session")
def speech() -> Audio:
    opened = open_media(SAMPLES["speech"])
    assert isinstance(opened, Audio)
    return opened


@pytest.fixture
def told_until_stopped() -> Callable[[Callable[[], Any]], list[Progress]]:
    """What a call tells of its progress when Stop is pressed as soon as it tells anything."""

    def stopped(call: Callable[[], Any]) -> list[Progress]:
        stop = Event()
        told: list[Progress] = []

        def stop_at_once(progress: Progress) -> None:
            told.append(progress)
            stop.set()

        with call_scope(CallContext(report=stop_at_once, stop=stop)), pytest.raises(Cancelled):
            call()
        return told

    return stopped
