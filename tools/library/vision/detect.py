"""Detect objects in an image."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Boxes, Image, Model, Region, tool
from tools.signal.image_regions import crop_to_region, to_image_coordinates
from tools.signal.label_matching import match_label, near_labels


class Detector(Model, ABC):
    """An object detector with a fixed set of labels."""

    labels: tuple[str, ...]

    @abstractmethod
    def find(self, image: Image) -> Boxes:
        """Return all detections, best first, each with one of its labels."""


class OpenDetector(Detector):
    """An open-vocabulary detector; `labels` are those it looks for by default."""

    @abstractmethod
    def find_named(self, image: Image, label: str) -> Boxes:
        """Return the detections of a label, best first."""


@tool(words="Find every {label|thing} in {image}[, within {region}]")
def detect(model: Detector, image: Image, label: str = "", region: Region | None = None) -> Boxes:
    """Find things in a picture, all of them or those of one kind, such as "person" or "dog".

    >>> cups = detect(photo, label="cup")
    """
    if isinstance(model, OpenDetector) and label.strip():
        boxes = model.find_named(crop_to_region(image, region), label.strip().lower())
        return to_image_coordinates(boxes, image, region)
    target_label = match_label(label, model.labels)
    if target_label is None and label.strip():
        near = near_labels(label, model.labels)
        raise BadArgument(
            f"the detector does not know {label!r}; it knows: {', '.join(model.labels)}",
            hint=f"ask for {' or '.join(map(repr, near))}"
            if near
            else "ask for one of these, or leave the label out to find everything",
        )
    boxes = to_image_coordinates(model.find(crop_to_region(image, region)), image, region)
    return Boxes(tuple(box for box in boxes if target_label in (None, box.label)))
