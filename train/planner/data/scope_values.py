"""The names in scope, with their types and descriptions as in the prompt."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.sdk.plan_types import Type
from train.planner.data.phrase_files import load

_SIZES = (
    (640, 480), (1280, 720), (1024, 768), (1920, 1080), (4032, 3024), (3024, 4032), (800, 600),
    (1200, 900), (900, 1200), (512, 512), (720, 1280), (3000, 2000), (480, 640), (1600, 1200),
    (2048, 1536), (1080, 1350), (600, 800), (2592, 1944), (1440, 1080), (320, 240),
)  # fmt: skip
_VIDEO_SIZES = ((640, 360), (1280, 720), (1920, 1080), (720, 1280), (848, 480), (320, 240))
_SCENE_SIZES = ((256, 256), (128, 128), (320, 240), (512, 512))
FILE_TYPES = {
    "Image": "image", "Audio": "audio", "Video": "video", "Text": "text", "Document": "document",
    "list[Image]": "images",
}  # fmt: skip


@dataclass
class PromptScope:
    """The names that a request can refer to, with types and descriptions."""

    descriptions: dict[str, str] = field(default_factory=dict[str, str])
    types: dict[str, Type] = field(default_factory=dict[str, Type])

    def add(self, name: str, kind: Type, description: str) -> str:
        """Add a name and return it."""
        self.descriptions[name] = description
        self.types[name] = kind
        return name

    def add_file(self, dice: random.Random, kind: str, *, scene: bool = False) -> str:
        """Add the next file of a kind; return its name, as image2."""
        stem = FILE_TYPES[kind]
        number = sum(name.rstrip("0123456789") == stem for name in self.types) + 1
        return self.add(f"{stem}{number}", type_named(kind), describe_file(dice, kind, scene=scene))

    def fit(self, slots: Mapping[str, str]) -> None:
        """Lengthen files to contain the seconds and pages of a request."""
        times = [float(slots[slot]) for slot in ("end", "seconds", "second") if slot in slots]
        pages = [int(slots[slot]) for slot in ("page", "page_b") if slot in slots]
        for name, description in self.descriptions.items():
            if times and self.types[name].name in ("Audio", "Video"):
                self.descriptions[name] = re.sub(
                    r"of (\d+\.\d) seconds",
                    lambda match: f"of {_longer(float(match[1]), max(times)):.1f} seconds",
                    description,
                )
            if pages and self.types[name].name == "Document":
                number = int(re.findall(r"\d+", description)[0])
                self.descriptions[name] = f"a document of {max(number, max(pages) + 2)} pages"


def _longer(seconds: float, needed: float) -> float:
    return seconds if seconds > needed else needed + seconds


def type_named(kind: str) -> Type:
    """Parse a type name, such as `list[Image]`."""
    if kind.startswith("list["):
        return Type("list", type_named(kind[5:-1]))
    return Type(kind)


def describe_file(dice: random.Random, kind: str, *, scene: bool = False) -> str:
    """Describe a file of this kind as the prompt does."""
    match kind:
        case "Image":
            width, height = dice.choice(_SCENE_SIZES if scene else _SIZES)
            return f"a {'scene' if scene else 'picture'} of {width}×{height} pixels"
        case "Audio":
            return f"a sound of {draw_seconds(dice):.1f} seconds"
        case "Video":
            width, height = dice.choice(_VIDEO_SIZES)
            return f"a film of {draw_seconds(dice):.1f} seconds, {width}×{height} pixels"
        case "Document":
            return f"a document of {dice.choice((2, 3, 4, 6, 8, 12, 16, 24, 38, 60))} pages"
        case "list[Image]":
            number = dice.choice((2, 3, 4, 5, 6, 8, 12))
            return ", ".join(describe_file(dice, "Image", scene=scene) for _ in range(number))
        case _:
            return dice.choice(load("results.toml")["texts"])


def draw_seconds(dice: random.Random) -> float:
    """Draw the length of a recording."""
    return dice.choice((dice.uniform(3, 15), dice.uniform(10, 90), dice.uniform(60, 900)))
