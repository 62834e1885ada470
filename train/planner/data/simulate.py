"""Simulate a plan of an earlier turn on stand-ins for media, to describe its results."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

from agent.plan import CallSite, CheckedPlan, format_value, interpret
from tools.errors import BatutaError
from tools.media import Audio, Box, Boxes, Image, Mask, Table, Video
from tools.sdk.plan_types import Type, Value, list_of
from train.planner.data.phrase_files import load


class SizedImage(Image):
    """An image of which only the size is known."""

    def __init__(self, width: int, height: int) -> None:
        self.__dict__.update(known_width=width, known_height=height)

    @property
    def width(self) -> int:
        return self.__dict__["known_width"]

    @property
    def height(self) -> int:
        return self.__dict__["known_height"]


class SizedAudio(Audio):
    """Audio of which only the length is known."""

    def __init__(self, seconds: float) -> None:
        self.__dict__.update(known_seconds=seconds)

    @property
    def seconds(self) -> float:
        return self.__dict__["known_seconds"]


class SizedVideo(Video):
    """A video of which only length and size are known."""

    def __init__(self, seconds: float, width: int, height: int) -> None:
        self.__dict__.update(known_seconds=seconds, known_size=(width, height))

    def describe(self) -> str:
        width, height = self.__dict__["known_size"]
        return f"a film of {self.__dict__['known_seconds']:.1f} seconds, {width}×{height} pixels"


class SizedMask(Mask):
    """A mask of which only the share of the image is known."""

    def __init__(self, share: float) -> None:
        object.__setattr__(self, "share", share)

    def describe(self) -> str:
        return f"a region covering {self.__dict__['share']:.0%} of the picture"


@dataclass(frozen=True)
class SimulatedRun:
    """The result of a plan: descriptions, types and values, and its answer."""

    descriptions: Mapping[str, str]
    types: Mapping[str, Type]
    values: Mapping[str, Value]
    answer: str


def run(plan: CheckedPlan, dice: random.Random, values: Mapping[str, Value]) -> SimulatedRun | None:
    """Run the plan on the values; None if a step fails."""

    async def simulate_call(site: CallSite) -> Value:
        return _result_of(site, dice)

    try:
        outcome = asyncio.run(interpret(plan, values, simulate_call))
    except BatutaError:
        return None
    if outcome.failures or not outcome.messages:
        return None
    lines = [
        "".join(part if isinstance(part, str) else f"[{part.name or 'result'}]" for part in message)
        for message in outcome.messages
    ]
    descriptions = {name: format_value(value) for name, value in outcome.values.items()}
    types = {name: plan.types[name] for name in descriptions if name in plan.types}
    return SimulatedRun(
        {name: descriptions[name] for name in types},
        types,
        outcome.values,
        "\n".join(lines).strip(),
    )


def value_of(dice: random.Random, kind: Type, tool: str = "", label: str = "") -> Value:
    """Draw a plausible value of the type for the named tool."""
    if kind.item:
        return _list_of(dice, kind, tool)
    results = load("results.toml")
    match kind.name:
        case "Image":
            return SizedImage(*dice.choice(((640, 480), (1280, 720), (800, 600), (1024, 768))))
        case "Audio":
            return SizedAudio(round(dice.uniform(2, 60), 1))
        case "Video":
            return SizedVideo(round(dice.uniform(3, 60), 1), 1280, 720)
        case "Mask" | "Region":
            return SizedMask(dice.choice((0.04, 0.12, 0.23, 0.31, 0.08)))
        case "Boxes":
            return _boxes(dice, label or ("face" if tool == "faces" else "cup"))
        case "Box":
            return _box(dice, label)
        case "Table":
            return _table(dice, tool, label)
        case "Integer":
            return dice.randint(1, 9)
        case "Number":
            return round(dice.random(), 2)
        case "Boolean":
            return dice.random() < 0.5
        case _:
            bank = _TEXTS.get(tool, "others")
            return dice.choice(results[bank])


_TEXTS = {
    "read_text": "signs", "transcribe": "speech", "describe": "descriptions",
    "describe_video": "descriptions", "summarize": "summaries", "answer_from": "answers",
    "ask_document": "answers", "translate": "translations", "recognise": "kinds",
    "ask_image": "answers", "caption": "captions", "ask_video": "answers",
    "reply": "answers", "read_document": "texts",
}  # fmt: skip
_ENLARGE_FACTOR = 2


def _result_of(site: CallSite, dice: random.Random) -> Value:
    arguments = site.arguments
    label = str(arguments.get("label") or "")
    if site.tool.name == "count" and isinstance(boxes := arguments["boxes"], Boxes):
        return len(boxes)
    if site.tool.name == "tally" and isinstance(boxes := arguments["boxes"], Boxes):
        return f"{len(boxes)} {boxes.items[0].label}s" if boxes.items else "nothing"
    if site.tool.name == "pick" and isinstance(boxes := arguments["boxes"], Boxes):
        return boxes.items[0]
    image = arguments.get("image")
    if isinstance(image, Image) and site.tool.returns == Type("Image") and site.tool.name != "crop":
        factor = _ENLARGE_FACTOR if site.tool.name == "enlarge" else 1
        return SizedImage(image.width * factor, image.height * factor)
    if (media := _derived_media(site)) is not None:
        return media
    if site.tool.name == "translate":
        return load("results.toml")["translations"].get(arguments["language"], arguments["text"])
    return value_of(dice, site.tool.returns, site.tool.name, label)


def _derived_media(site: CallSite) -> Value:
    """Derive a result's length and size from its audio or video argument."""
    audio, video = site.arguments.get("audio"), site.arguments.get("video")
    factor = site.arguments.get("factor")
    pace = float(factor) if site.tool.name in ("speed", "speed_video") and factor else 1.0  # type: ignore[arg-type]
    if isinstance(audio, SizedAudio) and site.tool.returns == Type("Audio"):
        if site.tool.name == "cut_sound":
            length = float(site.arguments["end"]) - float(site.arguments["start"])  # type: ignore[arg-type]
            return SizedAudio(max(length, 0.1))
        return SizedAudio(audio.seconds / pace)
    if isinstance(video, SizedVideo):
        seconds, (width, height) = video.__dict__["known_seconds"], video.__dict__["known_size"]
        if site.tool.returns == Type("Video"):
            return SizedVideo(seconds / pace, width, height)
        if site.tool.returns == Type("Audio"):
            return SizedAudio(seconds)
        if site.tool.returns == Type("Image"):
            return SizedImage(width, height)
    return None


def _list_of(dice: random.Random, kind: Type, tool: str) -> Value:
    if tool in ("recognise", "colours"):
        bank = {
            "recognise": load("results.toml")["kinds"],
            "colours": ["brown, white", "blue, grey, white", "green, dark green", "red, black"],
        }[tool]
        return dice.choice(bank).split(", ")
    if kind == list_of(Type("Number")):
        return sorted(round(dice.uniform(0, 30), 1) for _ in range(dice.randint(1, 3)))
    return [value_of(dice, kind.item or Type("Text"), tool) for _ in range(dice.randint(2, 4))]


def _box(dice: random.Random, label: str) -> Box:
    left, top = dice.randint(0, 300), dice.randint(0, 200)
    right, bottom = left + dice.randint(40, 280), top + dice.randint(40, 220)
    return Box(left, top, right, bottom, label)


def _boxes(dice: random.Random, label: str) -> Boxes:
    return Boxes(tuple(_box(dice, label) for _ in range(dice.choice((1, 2, 2, 3, 3, 4, 5)))))


def _table(dice: random.Random, tool: str, label: str) -> Table:
    rows: tuple[tuple[str | float, ...], ...]
    if tool == "read_table":
        rows = (("coffee", 2.8), ("tea", 2.5), ("cake", 3.9))
        return Table(("item", "price"), rows)
    start = round(dice.uniform(0, 4), 1)
    end = round(start + dice.uniform(0.5, 8), 1)
    if tool == "find_speech":
        return Table(("start", "end"), ((start, end), (end + 1, end + 4)))
    if tool == "notes":
        return Table(("note", "start", "end"), (("C4", 0.0, 0.5), ("E4", 0.5, 1.0)))
    sound = label or dice.choice(("speech", "dog", "music", "rain"))
    return Table(("what", "start", "end"), ((sound, start, end),))
