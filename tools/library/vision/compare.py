"""Measure the similarity of two images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools import Image, Model, tool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Comparer(Model, ABC):
    """An image embedding model."""

    @abstractmethod
    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return a unit vector for each image; dot products are cosine similarities."""


@tool(words="Compare {image} with {other}", commutes=("image", "other"))
def compare(model: Comparer, image: Image, other: Image) -> float:
    """Say how alike two pictures are in what they show: 1 the same, 0 nothing in common.

    >>> likeness = compare(photo, grayscale(photo))
    """
    first, second = model.vectors([image, other])
    return round(min(max(float(first @ second), 0.0), 1.0), 3)
