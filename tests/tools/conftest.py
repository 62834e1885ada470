from collections.abc import Callable
from functools import cache
from importlib import import_module

import pytest

from tools import Audio, Image, Model
from tools.cards import Catalogue
from tools.check import SAMPLES
from tools.media.opening import open_media
from tools.sources import fetch, plan_pull


@pytest.fixture(scope="session")
def load_model() -> Callable[[str], Model]:
    """The real model of a card, loaded once; the test is skipped where its weights are not."""
    catalogue = Catalogue.load()

    @cache
    def load(card_id: str) -> Model:
        card = catalogue[card_id]
        if not all(item.present for item in plan_pull([card])):
            pytest.skip(f"the weights of {card_id} are not here: run `make models`")
        module, _, adapter = card.adapter.partition(":")
        return getattr(import_module(module), adapter).load(fetch(card), card.settings, "cpu")

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
