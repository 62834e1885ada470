"""Compare an image and its detected objects with what a prompt asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.media import Box, Image
from tools.signal.colour_shades import name_pixels
from tools.signal.drawings.box_relations import mean_centre, relation_holds
from tools.signal.drawings.image_claims import ObjectClaim, PromptClaims
from tools.signal.drawings.prompt_wording import describe_relation

EDGE_SHARE = 0.04
"""Width of the edge that shows the background, as a share of the image's side."""
MIN_PLAIN_SHARE = 0.5
"""Share of the edge that a single background colour covers; objects may cover the rest."""
MIN_FADE_SHARE = 0.15
"""Share of the edge that each of two background colours covers."""
MIN_OBJECT_SHARE = 0.08
"""Share of an object's box that its colour covers: the line of an outline covers a sixth."""
MAX_SIDE = 128
"""Pixels whose colours are named are those of an image of this side at most."""


def find_faults(
    claims: PromptClaims, boxes: Mapping[str, Sequence[Box]], image: Image, *, exact_scene: bool
) -> list[str]:
    """Return what the image lacks, a phrase for each; empty if it shows every claim.

    `boxes` are the detections by the names of the claims. In an exact scene "a dog" is no more
    than one.
    """
    faults = [
        fault
        for claim in claims.objects
        for fault in _object_faults(claim, boxes[claim.name], image, exact_scene)
    ]
    for relation in claims.relations:
        names = (relation.subject, *relation.objects)
        if all(boxes.get(name) for name in names) and not relation_holds(
            relation.word, boxes[relation.subject], [boxes[name] for name in relation.objects]
        ):
            faults.append(f"not {describe_relation(relation)}")
    if claims.background and (fault := _background_fault(claims.background, image)):
        faults.append(fault)
    return faults


def _object_faults(
    claim: ObjectClaim, boxes: Sequence[Box], image: Image, exact_scene: bool
) -> Iterator[str]:
    found_count = len(boxes)
    if claim.count is None or not (claim.is_exact or exact_scene):
        if found_count < (claim.count or 1):
            yield f"no {claim.name}"
    elif found_count != claim.count:
        yield f"{found_count} instead of {claim.count} {claim.noun}"
    if not boxes:
        return
    if claim.colour and not all(_has_colour(image, box, claim.colour) for box in boxes):
        yield f"{claim.name} not {claim.colour}"
    if claim.place and not _stands_at(claim.place, boxes, image):
        yield f"{claim.name} not at the {claim.place}"


def _stands_at(place: str, boxes: Sequence[Box], image: Image) -> bool:
    x, y = mean_centre(boxes)
    x, y = x / image.width, y / image.height
    holds = {
        "left": x < 0.5,
        "right": x > 0.5,
        "top": y < 0.5,
        "bottom": y > 0.5,
        "middle": 0.25 < x < 0.75 and 0.25 < y < 0.75,
    }
    return all(holds[word] for word in place.split())


def _has_colour(image: Image, box: Box, colour: str) -> bool:
    corners = (round(box.left), round(box.top), round(box.right), round(box.bottom))
    return _colour_shares(_shrunk(image, corners).reshape(-1, 3)).get(colour, 0) >= MIN_OBJECT_SHARE


def _background_fault(colours: Sequence[str], image: Image) -> str:
    pixels = _shrunk(image, (0, 0, image.width, image.height))
    width = max(1, round(EDGE_SHARE * min(pixels.shape[:2])))
    interior = np.zeros(pixels.shape[:2], np.bool_)
    interior[width:-width, width:-width] = True
    shares = _colour_shares(pixels[~interior])
    minimum = MIN_PLAIN_SHARE if len(colours) == 1 else MIN_FADE_SHARE
    if all(shares.get(colour, 0) >= minimum for colour in colours):
        return ""
    actual = max(shares, key=lambda name: shares[name])
    return f"background {actual} instead of {' and '.join(colours)}"


def _shrunk(image: Image, corners: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return the pixels of a part of the image, at a size that is quick to look at."""
    left, top, right, bottom = corners
    part = image.opaque().crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    part.thumbnail((MAX_SIDE, MAX_SIDE))
    return np.asarray(part)


def _colour_shares(pixels: NDArray[np.uint8]) -> dict[str, float]:
    names = name_pixels(pixels)
    return {name: names.count(name) / len(names) for name in set(names)}
