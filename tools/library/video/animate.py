"""Animate an image (image-to-video)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, Video, tool
from tools.sdk.argument_checks import require_between, require_sides

SMALLEST_SIDE = 16
SHORTEST_S = 0.5


class Animator(Model, ABC):
    """An image-to-video model."""

    longest_s: float
    """The longest video it can generate."""

    @abstractmethod
    def animate(self, image: Image, prompt: str, seconds: float, seed: int) -> Video:
        """Generate a video of the image's shape; an empty prompt leaves the motion open."""


@tool(words="Bring {image} to life as a film[: “{prompt}”]")
def animate(
    model: Animator, image: Image, prompt: str = "", seconds: float = 2.0, seed: int = 0
) -> Video:
    """Bring a picture to life as a short film; the prompt may say what moves and how.

    >>> moving = animate(scene, "the tree moves to the left")
    """
    require_sides(image, SMALLEST_SIDE, "shows nothing that moves")
    require_between("seconds", seconds, SHORTEST_S, model.longest_s)
    return model.animate(image, prompt.strip(), seconds, seed)
