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

OBJECT_BOXES: Mapping[str, tuple[Box, ...]] = MappingProxyType(
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
IMAGENET_CLASSES: Mapping[str, str] = MappingProxyType(
    {"photo": "espresso", "cheetah": "cheetah", "cheetah1": "cheetah", "lion": "lion"}
)
"""The ImageNet class of the object in each photo."""

_SHEET_SIZE = (640, 480)
_GRADIO_PHOTOS = ("cheetah.jpg", "cheetah1.jpg", "lion.jpg", "tower.jpg")


@cache
def photos() -> Mapping[str, Image]:
    """Return every available photo by name."""
    files = {name: SAMPLES[name] for name in ("photo", "portrait")}
    package = find_spec("gradio")
    for folder in (package.submodule_search_locations if package else None) or ():
        paths = [Path(folder, "media_assets", "images", name) for name in _GRADIO_PHOTOS]
        files |= {path.stem: path for path in paths if path.exists()}
    return {name: _open_photo(path) for name, path in files.items()}


def _open_photo(path: Path) -> Image:
    image = open_media(path)
    if not isinstance(image, Image):
        raise TypeError(f"{path} is not a picture")
    return image


@dataclass(frozen=True)
class Sheet:
    """Photos pasted onto a sheet, with boxes of their objects and faces."""

    image: Image
    objects: Boxes
    faces: Boxes


def sheets(count: int) -> Iterator[Sheet]:
    """Yield sheets of one to three scaled or mirrored photos on noise."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        background = rng.normal(rng.integers(60, 200), 12, (*_SHEET_SIZE[::-1], 3)).clip(0, 255)
        sheet = PIL.Image.fromarray(background.astype(np.uint8))
        objects: list[Box] = []
        faces: list[Box] = []
        width = _SHEET_SIZE[0] // int(rng.integers(1, 4))
        for left in range(0, _SHEET_SIZE[0] - width + 1, width):
            name = str(rng.choice(list(OBJECT_BOXES)))
            photo = photos()[name].pixels
            mirrored = bool(rng.integers(2))
            scale = min(width / photo.width, _SHEET_SIZE[1] / photo.height)
            scale *= float(rng.uniform(0.7, 1))
            size = (round(photo.width * scale), round(photo.height * scale))
            top = int(rng.integers(0, _SHEET_SIZE[1] - size[1] + 1))
            pasted = PIL.ImageOps.mirror(photo) if mirrored else photo
            sheet.paste(pasted.resize(size), (left, top))
            placement = (left, top, scale, photo.width if mirrored else 0)
            objects += [_place_box(box, *placement) for box in OBJECT_BOXES[name]]
            faces += [_place_box(FACE, *placement)] if name == "portrait" else []
        yield Sheet(Image(sheet), Boxes(tuple(objects)), Boxes(tuple(faces)))


def _place_box(box: Box, left: int, top: int, scale: float, mirrored_at: int) -> Box:
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
