"""Name the main object of an image (image classification)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from tools import Image, Model, Region, ToolError, tool
from tools.signal.image_regions import crop_to_region

MAX_NAMES = 3
MIN_PROBABILITY = 0.25


@dataclass(frozen=True)
class Prediction:
    """A class name and its probability."""

    name: str
    probability: float


class Recogniser(Model, ABC):
    """An image classifier with many classes."""

    @abstractmethod
    def predictions(self, image: Image) -> tuple[Prediction, ...]:
        """Return every class with its probability, the most likely first."""


@tool(words="Say what {image} shows[ within {region}]")
def recognise(model: Recogniser, image: Image, region: Region | None = None) -> list[str]:
    """Say what a photo or a part of it shows: the exact kind of animal, food, vehicle or thing.

    >>> names = recognise(photo)
    """
    predictions = model.predictions(crop_to_region(image, region))[:MAX_NAMES]
    likely = [prediction for prediction in predictions if prediction.probability >= MIN_PROBABILITY]
    if not likely:
        raise ToolError(
            "the picture shows nothing that the model knows by name",
            hint="detect what is in it, and recognise one of the boxes",
        )
    return [guess.name for guess in likely]
