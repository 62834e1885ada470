"""Say how alike pictures are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools import Image, Model, tool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Comparer(Model, ABC):
    """A model that sees whether pictures show the same kind of thing."""

    @abstractmethod
    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """A row of length 1 for each picture; the product of two says how alike they are."""


@tool(words="Compare {image} with {other}", commutes=("image", "other"))
def compare(model: Comparer, image: Image, other: Image) -> float:
    """Say how alike two pictures are in what they show: 1 the same, 0 nothing in common.

    >>> likeness = compare(photo, grayscale(photo))
    """
    first, second = model.vectors([image, other])
    return round(min(max(float(first @ second), 0.0), 1.0), 3)
