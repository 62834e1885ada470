"""Whatever a plan gives a tool, the tool works or refuses in words: nothing else comes out."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from tools import Audio, Box, Boxes, Document, Image, Mask, Model, Points, Table, Video
from tools.errors import BatutaError
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile
from tools.sdk.plan_types import Type, accepts, type_of_value
from tools.sdk.registry import AnyTool, Registry
from tools.sdk.text_writer import Writer
from tools.sdk.tool_check import SAMPLES
from tools.signal.video.video_boxes import COLUMNS

REGISTRY = Registry.load(user_folder=Path("/nowhere"))
OFFLINE = Profile.load("offline", Catalogue.load(Path("/nowhere")))
SIDE = 24


def picture(*size: int, mode: str = "RGB") -> Image:
    return Image(PIL.Image.new(mode, size, 0))


def film(*size: int, pictures: int = 1) -> Video:
    width, height = size
    return Video.of_frames([np.zeros((height, width, 3), np.uint8)] * pictures, 10)


ORDINARY: dict[str, Any] = {
    "Image": picture(SIDE, SIDE),
    "Audio": Audio(np.zeros(8_000), 16_000),
    "Video": film(SIDE, SIDE, pictures=12),
    "Region": Box(4, 4, 20, 20),
    "Box": Box(4, 4, 20, 20),
    "Boxes": Boxes((Box(4, 4, 20, 20, "dog", 0.5),)),
    "Table": Table(COLUMNS, ((0.0, "dog", 0.5, 4, 4, 20, 20),)),
    "Document": Document(SAMPLES["programme"].read_bytes(), pages=2),
    "Text": "two dogs",
    "Number": 1.0,
    "Integer": 2,
    "Boolean": True,
}

MEDIA: dict[str, list[Any]] = {
    "Image": [picture(1, 1), picture(1, 300), picture(300, 1), picture(1, 1, mode="RGBA")],
    "Audio": [
        Audio(np.zeros(0), 16_000),
        Audio(np.zeros(1), 16_000),
        Audio(np.zeros((2, 7)), 44_100),
        Audio(np.full(300, np.nan), 8_000),
    ],
    "Video": [film(2, 2), film(64, 2, pictures=2)],
    "Region": [
        Box(200, 200, 300, 300),
        Box(-9, -9, -1, -1),
        Box(20, 20, 4, 4),
        Box(-math.inf, 4, math.inf, 9),
        Boxes(()),
        Boxes((Box(0, 0, 9, 9), Box(90, 90, 99, 99))),
        Points(()),
        Points(((5, 5), (500, 500))),
        Mask(PIL.Image.new("L", (SIDE, SIDE), 0)),
        Mask(PIL.Image.new("L", (7, 7), 255)),
    ],
}

OTHERS: dict[str, list[Any]] = {
    "Box": [Box(9, 9, 9, 9)],
    "Boxes": [Boxes(()), Boxes((Box(900, 900, 9, -math.inf, "x" * 500),))],
    "Table": [
        Table((), ()),
        Table(("a", "b"), (("x", 1),)),
        Table(COLUMNS, ()),
        Table(COLUMNS, (("soon", "dog", "sure", "a", "b", "c", "d"),)),
        Table(COLUMNS, ((-5.0, "", 2.0, math.nan, 4, math.inf, 20),)),
    ],
    "Text": ["", " \n", "?!", "naïve 犬 🐕 \0", "word " * 2_000],
    "Number": [0, -1, 1e12, math.nan, math.inf],
    "Integer": [0, -1, 10**9],
    "Boolean": [False],
}


class Echoes(Writer):
    def write(self, instruction: str, text: str) -> str:
        return text


def ordinary(kind: Type) -> Any:
    if kind.choices:
        return kind.choices[0]
    return [ordinary(kind.item)] if kind.item else ORDINARY[kind.name]


def hostile(kind: Type, values: dict[str, list[Any]]) -> Iterator[Any]:
    if kind.item:
        yield []
        yield from ([value] for value in hostile(kind.item, values))
    elif not kind.choices:
        yield from values.get(kind.name, [])


def calls_of(tool: AnyTool, values: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Calls that are ordinary but for one argument, and one that is quite ordinary."""
    plain = {parameter.name: ordinary(parameter.type) for parameter in tool.parameters}
    yield plain
    for parameter in tool.parameters:
        yield from ({**plain, parameter.name: v} for v in hostile(parameter.type, values))


def works_or_refuses_in_words(tool: AnyTool, models: list[Model], given: dict[str, Any]) -> None:
    with contextlib.suppress(BatutaError):
        made = tool(*models, **given)
        assert accepts(tool.returns, type_of_value(made))


@pytest.mark.parametrize(
    "name", [name for name, tool in REGISTRY.items() if tool.model_class is None]
)
def test_a_tool_without_a_model_works_or_refuses_in_words(name: str) -> None:
    for given in calls_of(REGISTRY[name], MEDIA | OTHERS):
        works_or_refuses_in_words(REGISTRY[name], [], given)


@pytest.mark.parametrize(
    "name", [name for name, tool in REGISTRY.items() if tool.model_class is Writer]
)
def test_a_tool_of_words_works_or_refuses_in_words(name: str) -> None:
    for given in calls_of(REGISTRY[name], OTHERS):
        works_or_refuses_in_words(REGISTRY[name], [Echoes()], given)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "card_id"),
    [
        (name, card_id)
        for name, tool in REGISTRY.items()
        if tool.model_class is not None
        for card_id in {card.adapter: card.id for card in OFFLINE.cards_for(name)}.values()
    ],
)
def test_a_tool_with_a_model_works_or_refuses_in_words(
    load_model: Callable[[str], Model], name: str, card_id: str
) -> None:
    for given in calls_of(REGISTRY[name], MEDIA):
        works_or_refuses_in_words(REGISTRY[name], [load_model(card_id)], given)
