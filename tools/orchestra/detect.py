"""Find things in a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Boxes, Image, Model, tool
from tools.labels import match_label, near_labels


class Detector(Model, ABC):
    """A model that finds things of the kinds it knows."""

    labels: tuple[str, ...]

    @abstractmethod
    def find(self, image: Image) -> Boxes:
        """Everything it sees, best first, each with one of its labels."""


@tool
def detect(model: Detector, image: Image, label: str = "") -> Boxes:
    """Find things in a picture, all of them or those of one kind, such as "person" or "dog".

    >>> cups = detect(photo, label="cup")
    """
    if not label.strip():
        return model.find(image)
    wanted = match_label(label, model.labels)
    if wanted is None:
        near = near_labels(label, model.labels)
        raise BadArgument(
            f"the detector does not know {label!r}; it knows: {', '.join(model.labels)}",
            hint=f"ask for {' or '.join(map(repr, near))}"
            if near
            else "ask for one of these, or leave the label out to find everything",
        )
    return Boxes(tuple(box for box in model.find(image) if box.label == wanted))
