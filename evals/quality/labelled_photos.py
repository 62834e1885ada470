"""Photos with manual annotations, single and pasted onto sheets.

Those of tools/samples are always available; a few more if the package gradio is installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np
import PIL.Image
import PIL.ImageOps

from tools import Box, Boxes, Image
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES

THINGS: Mapping[str, tuple[Box, ...]] = MappingProxyType(
    {
        "photo": (Box(172, 18, 410, 282, "cup"),),
        "portrait": (Box(20, 15, 365, 512, "person"),),
    }
)
FACE = Box(180, 72, 275, 190, "face")
"""The face in the portrait, from the forehead to the chin."""
JOINTS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "nose": (224, 122),
        "right eye": (202, 102),
        "left eye": (246, 103),
        "right shoulder": (110, 250),
        "left shoulder": (325, 255),
    }
)
"""Joints of the person in the portrait, in pixels."""
KINDS: Mapping[str, str] = MappingProxyType(
    {"photo": "espresso", "cheetah": "cheetah", "cheetah1": "cheetah", "lion": "lion"}
)
"""The ImageNet class of the object in each photo."""

_SHEET = (640, 480)
_MORE = ("cheetah.jpg", "cheetah1.jpg", "lion.jpg", "tower.jpg")


@cache
def photos() -> Mapping[str, Image]:
    """Return every available photo by name."""
    found = {name: SAMPLES[name] for name in ("photo", "portrait")}
    package = find_spec("gradio")
    for folder in (package.submodule_search_locations if package else None) or ():
        paths = [Path(folder, "media_assets", "images", name) for name in _MORE]
        found |= {path.stem: path for path in paths if path.exists()}
    return {name: _opened(path) for name, path in found.items()}


def _opened(path: Path) -> Image:
    image = open_media(path)
    if not isinstance(image, Image):
        raise TypeError(f"{path} is not a picture")
    return image


@dataclass(frozen=True)
class Sheet:
    """Photos pasted onto a sheet, with boxes of their objects and faces."""

    image: Image
    things: Boxes
    faces: Boxes


def sheets(count: int) -> Iterator[Sheet]:
    """Yield sheets of one to three scaled or mirrored photos on noise."""
    for seed in range(count):
        random = np.random.default_rng(seed)
        ground = random.normal(random.integers(60, 200), 12, (*_SHEET[::-1], 3)).clip(0, 255)
        sheet = PIL.Image.fromarray(ground.astype(np.uint8))
        things: list[Box] = []
        faces: list[Box] = []
        width = _SHEET[0] // int(random.integers(1, 4))
        for left in range(0, _SHEET[0] - width + 1, width):
            name = str(random.choice(list(THINGS)))
            picture = photos()[name].pixels
            mirrored = bool(random.integers(2))
            scale = min(width / picture.width, _SHEET[1] / picture.height)
            scale *= float(random.uniform(0.7, 1))
            size = (round(picture.width * scale), round(picture.height * scale))
            top = int(random.integers(0, _SHEET[1] - size[1] + 1))
            shown = PIL.ImageOps.mirror(picture) if mirrored else picture
            sheet.paste(shown.resize(size), (left, top))
            place = (left, top, scale, picture.width if mirrored else 0)
            things += [_moved(box, *place) for box in THINGS[name]]
            faces += [_moved(FACE, *place)] if name == "portrait" else []
        yield Sheet(Image(sheet), Boxes(tuple(things)), Boxes(tuple(faces)))


def _moved(box: Box, left: int, top: int, scale: float, mirrored_at: int) -> Box:
    near, far = box.left, box.right
    if mirrored_at:
        near, far = mirrored_at - far, mirrored_at - near
    return Box(
        left + near * scale,
        top + box.top * scale,
        left + far * scale,
        top + box.bottom * scale,
        box.label,
    )
