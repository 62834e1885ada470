"""Quality of the image editing tools, measured against the expected image."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import PIL.Image
import PIL.ImageColor

from evals.quality.labelled_photos import photos
from evals.quality.quality_measures import Quality, mask_iou, mean, psnr
from evals.quality.vision_quality import large_scenes
from evals.scoring.vision_scores import to_image
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
    squares: list[Image] = []
    for photo in photos().values():
        short = min(photo.width, photo.height)
        left, top = (photo.width - short) // 2, (photo.height - short) // 2
        square = photo.pixels.crop((left, top, left + short, top + short))
        squares.append(Image(square.resize((SIDE, SIDE))))
    return squares


def remove_objects(model: Inpainter) -> Iterator[Quality]:
    """Measure filled holes against the original and a mean-colour baseline."""
    scores: list[float] = []
    baselines: list[float] = []
    for photo in small_photos():
        for hole in (Box(40, 40, 90, 90), Box(150, 120, 210, 160)):
            mask = hole.mask(SIDE, SIDE)
            scores.append(psnr(remove(model, photo, hole), photo, mask))
            around = Box(hole.left - 8, hole.top - 8, hole.right + 8, hole.bottom + 8)
            ring = np.asarray(around.mask(SIDE, SIDE)) != np.asarray(mask)
            filled = Image(PIL.Image.new("RGB", (SIDE, SIDE), _mean_colour(photo, ring)))
            baselines.append(psnr(filled, photo, mask))
    baseline = f"the mean colour around it {mean(baselines):.3g}"
    yield Quality("PSNR of a filled hole, dB", mean(scores), len(scores), baseline)


def _mean_colour(image: Image, mask: np.ndarray) -> tuple[int, int, int]:
    red, green, blue = image.array()[mask].mean(axis=0)
    return round(red), round(green), round(blue)


def extend_sides(model: Inpainter) -> Iterator[Quality]:
    """Measure the extension of a cropped photo against the original."""
    scores: list[float] = []
    baselines: list[float] = []
    margin = SIDE // 5
    new_side = Box(SIDE - margin, 0, SIDE, SIDE).mask(SIDE, SIDE)
    for photo in small_photos():
        part = photo.map(lambda pixels: pixels.crop((0, 0, SIDE - margin, SIDE)))
        extended = extend(model, part, side="right", by=margin / part.width)
        scores.append(psnr(extended, photo, new_side))
        edge_padded = np.pad(part.array(), ((0, 0), (0, margin), (0, 0)), mode="edge")
        baselines.append(psnr(Image(PIL.Image.fromarray(edge_padded)), photo, new_side))
    baseline = f"its last column drawn out {mean(baselines):.3g}"
    yield Quality("PSNR of the new side, dB", mean(scores), len(scores), baseline)


def enlarge_images(model: Enlarger) -> Iterator[Quality]:
    """Measure photos enlarged from half size against the originals."""
    scores: list[float] = []
    baselines: list[float] = []
    for photo in small_photos()[:4]:
        small = photo.map(lambda pixels: pixels.resize((SIDE // 2, SIDE // 2)))
        scores.append(psnr(enlarge(model, small), photo))
        baselines.append(psnr(small.map(_upscale), photo))
    yield Quality("PSNR, dB", mean(scores), len(scores), f"bicubic {mean(baselines):.3g}")


def _upscale(pixels: PIL.Image.Image) -> PIL.Image.Image:
    return pixels.resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC)


def cut_out_objects(model: ForegroundFinder) -> Iterator[Quality]:
    whole: list[float] = []
    boxed: list[float] = []
    for scene in large_scenes(10):
        image = to_image(scene)
        whole.append(mask_iou(_foreground_mask(model, image, None), scene.masks.any(axis=0)))
        for thing, mask in list(zip(scene.things, scene.masks, strict=True))[:3]:
            boxed.append(mask_iou(_foreground_mask(model, image, Box(*thing.box)), mask))
    yield Quality("IoU of all things in a scene", mean(whole), len(whole))
    yield Quality("IoU of a thing in its box", mean(boxed), len(boxed))


def _foreground_mask(model: ForegroundFinder, image: Image, region: Box | None) -> Mask:
    try:
        return Mask(cut_out(model, image, region).pixels.getchannel("A"))
    except BadArgument:  # nothing stands out
        return Mask(PIL.Image.new("L", image.pixels.size, 0))


def restyle_images(model: StylePainter) -> Iterator[Quality]:
    """Measure the shift to the style's mean colour and the preserved luminance.

    Only for models that take their style from an image.
    """
    if type(model).paint is StylePainter.paint:
        return
    colour_shifts: list[float] = []
    correlations: list[float] = []
    for photo, style in pairwise(small_photos()[:5]):
        painted = restyle(model, photo, style)
        old_mean, new_mean, style_mean = (
            image.array().mean(axis=(0, 1)) for image in (photo, painted, style)
        )
        colour_shifts.append(
            1 - float(np.abs(new_mean - style_mean).sum() / np.abs(old_mean - style_mean).sum())
        )
        greys = [np.asarray(each.pixels.convert("L"), float).ravel() for each in (photo, painted)]
        correlations.append(float(np.corrcoef(*greys)[0, 1]))
    yield Quality("of the way to the style's colour", mean(colour_shifts), len(colour_shifts))
    yield Quality("correlation with the picture's light", mean(correlations), len(correlations))


def recolour_regions() -> Iterator[Quality]:
    """Measure the median's RGB distance from the target (black to white: 441)."""
    distances: list[float] = []
    region = Box(64, 64, 192, 192)
    for photo in small_photos():
        for colour in ("red", "navy", "gold"):
            recoloured = recolour(photo, colour, region).array()[70:186, 70:186]
            median = np.median(recoloured.reshape(-1, 3), axis=0)
            distances.append(float(np.linalg.norm(median - PIL.ImageColor.getrgb(colour)[:3])))
    yield Quality("distance from the wanted colour, of 441", mean(distances), len(distances))
