"""Detect objects in an image."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType

from tools import BadArgument, Boxes, Image, Model, Region, tool
from tools.signal.image_regions import crop_to_region, to_image_coordinates
from tools.signal.label_matching import match_label, near_labels


class Detector(Model, ABC):
    """An object detector with a fixed set of labels."""

    labels: tuple[str, ...]
    synonyms: Mapping[str, str] = MappingProxyType({})
    """Other words for its labels, each with its label."""

    @abstractmethod
    def find(self, image: Image) -> Boxes:
        """Return all detections, best first, each with one of its labels."""


class OpenDetector(Detector):
    """An open-vocabulary detector; `labels` are those it looks for by default."""

    @abstractmethod
    def find_named(self, image: Image, label: str) -> Boxes:
        """Return the detections of a label, best first."""


def label_for(model: Detector, word: str) -> str | None:
    """Return the label of the detector that means the same as `word`, if any."""
    name = match_label(word, (*model.synonyms, *model.labels))
    return model.synonyms.get(name, name) if name else None


@tool(words="Find every {label|thing} in {image}[, within {region}]")
def detect(model: Detector, image: Image, label: str = "", region: Region | None = None) -> Boxes:
    """Find things in a picture, all of them or those of one kind, such as "person" or "dog".

    >>> cups = detect(photo, label="cup")
    """
    if isinstance(model, OpenDetector) and label.strip():
        boxes = model.find_named(crop_to_region(image, region), label.strip().lower())
        return to_image_coordinates(boxes, image, region)
    target_label = label_for(model, label)
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
