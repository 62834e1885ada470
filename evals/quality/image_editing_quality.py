"""Quality of the image editing tools, measured against the expected image."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import PIL.Image
import PIL.ImageColor

from evals.quality.labelled_photos import photos
from evals.quality.quality_measures import Quality, mean, overlap, psnr
from evals.quality.vision_quality import large_scenes
from evals.scoring.vision_scores import picture_of
from tools import BadArgument, Box, Image, Mask
from tools.library.images.cut_out import ForegroundFinder, cut_out
from tools.library.images.enlarge import Enlarger, enlarge
from tools.library.images.extend import extend
from tools.library.images.recolour import recolour
from tools.library.images.remove import Inpainter, remove
from tools.library.images.restyle import StylePainter, restyle

SIDE = 256


def small_photos() -> list[Image]:
    """Return the central square of each photo at one size."""
    found: list[Image] = []
    for photo in photos().values():
        short = min(photo.width, photo.height)
        left, top = (photo.width - short) // 2, (photo.height - short) // 2
        square = photo.pixels.crop((left, top, left + short, top + short))
        found.append(Image(square.resize((SIDE, SIDE))))
    return found


def remove_things(model: Inpainter) -> Iterator[Quality]:
    """Measure filled holes against the original and a mean-colour baseline."""
    made: list[float] = []
    plain: list[float] = []
    for photo in small_photos():
        for hole in (Box(40, 40, 90, 90), Box(150, 120, 210, 160)):
            where = hole.mask(SIDE, SIDE)
            made.append(psnr(remove(model, photo, hole), photo, where))
            around = Box(hole.left - 8, hole.top - 8, hole.right + 8, hole.bottom + 8)
            ring = np.asarray(around.mask(SIDE, SIDE)) != np.asarray(where)
            grey = Image(PIL.Image.new("RGB", (SIDE, SIDE), _mean_colour(photo, ring)))
            plain.append(psnr(grey, photo, where))
    beside = f"the mean colour around it {mean(plain):.3g}"
    yield Quality("PSNR of a filled hole, dB", mean(made), len(made), beside)


def _mean_colour(image: Image, where: np.ndarray) -> tuple[int, int, int]:
    red, green, blue = image.array()[where].mean(axis=0)
    return round(red), round(green), round(blue)


def extend_sides(model: Inpainter) -> Iterator[Quality]:
    """Measure the extension of a cropped photo against the original."""
    made: list[float] = []
    plain: list[float] = []
    added = SIDE // 5
    new = Box(SIDE - added, 0, SIDE, SIDE).mask(SIDE, SIDE)
    for photo in small_photos():
        part = photo.map(lambda pixels: pixels.crop((0, 0, SIDE - added, SIDE)))
        wide = extend(model, part, side="right", by=added / part.width)
        made.append(psnr(wide, photo, new))
        drawn_out = np.pad(part.array(), ((0, 0), (0, added), (0, 0)), mode="edge")
        plain.append(psnr(Image(PIL.Image.fromarray(drawn_out)), photo, new))
    beside = f"its last column drawn out {mean(plain):.3g}"
    yield Quality("PSNR of the new side, dB", mean(made), len(made), beside)


def enlarge_pictures(model: Enlarger) -> Iterator[Quality]:
    """Measure photos enlarged from half size against the originals."""
    made: list[float] = []
    plain: list[float] = []
    for photo in small_photos()[:4]:
        small = photo.map(lambda pixels: pixels.resize((SIDE // 2, SIDE // 2)))
        made.append(psnr(enlarge(model, small), photo))
        plain.append(psnr(small.map(_as_large), photo))
    yield Quality("PSNR, dB", mean(made), len(made), f"bicubic {mean(plain):.3g}")


def _as_large(pixels: PIL.Image.Image) -> PIL.Image.Image:
    return pixels.resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC)


def cut_things_out(model: ForegroundFinder) -> Iterator[Quality]:
    whole: list[float] = []
    boxed: list[float] = []
    for scene in large_scenes(10):
        image = picture_of(scene)
        whole.append(overlap(_kept(model, image, None), scene.masks.any(axis=0)))
        for thing, mask in list(zip(scene.things, scene.masks, strict=True))[:3]:
            boxed.append(overlap(_kept(model, image, Box(*thing.box)), mask))
    yield Quality("IoU of all things in a scene", mean(whole), len(whole))
    yield Quality("IoU of a thing in its box", mean(boxed), len(boxed))


def _kept(model: ForegroundFinder, image: Image, region: Box | None) -> Mask:
    try:
        return Mask(cut_out(model, image, region).pixels.getchannel("A"))
    except BadArgument:  # nothing stands out
        return Mask(PIL.Image.new("L", image.pixels.size, 0))


def restyle_pictures(model: StylePainter) -> Iterator[Quality]:
    """Measure the shift to the style's mean colour and the preserved luminance.

    Only for models that take their style from an image.
    """
    if type(model).paint is StylePainter.paint:
        return
    gone: list[float] = []
    kept: list[float] = []
    for photo, style in pairwise(small_photos()[:5]):
        painted = restyle(model, photo, style)
        old, new, goal = (each.array().mean(axis=(0, 1)) for each in (photo, painted, style))
        gone.append(1 - float(np.abs(new - goal).sum() / np.abs(old - goal).sum()))
        greys = [np.asarray(each.pixels.convert("L"), float).ravel() for each in (photo, painted)]
        kept.append(float(np.corrcoef(*greys)[0, 1]))
    yield Quality("of the way to the style's colour", mean(gone), len(gone))
    yield Quality("correlation with the picture's light", mean(kept), len(kept))


def recolour_things() -> Iterator[Quality]:
    """Measure the median's RGB distance from the target (black to white: 441)."""
    far: list[float] = []
    region = Box(64, 64, 192, 192)
    for photo in small_photos():
        for colour in ("red", "navy", "gold"):
            dyed = recolour(photo, colour, region).array()[70:186, 70:186]
            usual = np.median(dyed.reshape(-1, 3), axis=0)
            far.append(float(np.linalg.norm(usual - PIL.ImageColor.getrgb(colour)[:3])))
    yield Quality("distance from the wanted colour, of 441", mean(far), len(far))
