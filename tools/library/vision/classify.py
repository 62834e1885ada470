"""Classify an image among given labels (zero-shot classification)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools import BadArgument, Image, Model, Region, tool
from tools.signal.image_regions import crop_to_region

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Matcher(Model, ABC):
    """A joint embedding model of images and texts, such as CLIP."""

    @abstractmethod
    def similarities(self, images: Sequence[Image], texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the cosine similarity of each image and text: (images, texts)."""


@tool(words="Say which of {labels} fits {image} best[, only {region}]")
def classify(model: Matcher, image: Image, labels: list[str], region: Region | None = None) -> str:
    """Say which of some labels, words or whole sentences, fits a picture best.

    >>> kind = classify(scene, ["an apple", "a dog", "a house"])
    """
    if not labels:
        raise BadArgument(
            "there are no labels to choose from",
            hint='give two or more, as in classify(image1, ["a cat", "a dog"])',
        )
    return labels[int(model.similarities([crop_to_region(image, region)], labels)[0].argmax())]
