"""Check whether a drawing shows what its prompt asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tools import Box, Image, tool
from tools.library.vision.detect import Detector, OpenDetector, label_for
from tools.models.media_domain import domain_of
from tools.sdk.argument_checks import require_prompt
from tools.signal.drawings.claim_checks import find_faults
from tools.signal.drawings.image_claims import PromptClaims
from tools.signal.drawings.prompt_parser import parse_prompt


@tool(words="Check whether {image} shows “{prompt}”", internal=True)
def drawing_faults(model: Detector, image: Image, prompt: str) -> list[str]:
    """Say what of a prompt a picture does not show; nothing if it shows all of it.

    >>> faults = drawing_faults(scene, "three apples")
    """
    require_prompt(prompt, "to look for", '"three apples"')
    claims = parse_prompt(prompt)
    # Everything in a scene is there because the prompt was read so; a photo has more.
    exact_scene = domain_of(image) != ""
    if isinstance(model, OpenDetector):
        boxes = {claim.name: tuple(model.find_named(image, claim.name)) for claim in claims.objects}
        return find_faults(claims, boxes, image, exact_scene=exact_scene)
    labels = _labels_of(model, claims)
    detections = tuple(model.find(image))
    boxes = {
        name: tuple(box for box in detections if box.label == label)
        for name, label in labels.items()
    }
    faults = [
        f"{claim.name} unknown to the detector"
        for claim in claims.objects
        if claim.name not in labels
    ]
    known_claims = replace(
        claims, objects=tuple(claim for claim in claims.objects if claim.name in labels)
    )
    faults += find_faults(known_claims, boxes, image, exact_scene=exact_scene)
    return faults + (_extras(detections, tuple(labels.values())) if exact_scene else [])


def _labels_of(model: Detector, claims: PromptClaims) -> dict[str, str]:
    """Return the detector's label for each object that it knows."""
    labels: dict[str, str] = {}
    for claim in claims.objects:
        words = (claim.noun, claim.name, claim.name.split()[-1])
        label = next(filter(None, (label_for(model, word) for word in words)), None)
        if label:
            labels[claim.name] = label
    return labels


def _extras(detections: Sequence[Box], labels: Sequence[str]) -> list[str]:
    others = dict.fromkeys(box.label for box in detections if box.label not in labels)
    return [f"{label} that was not asked for" for label in others]
