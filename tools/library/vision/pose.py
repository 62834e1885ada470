"""Estimate and draw human poses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools import Image, Model, ToolError, tool

if TYPE_CHECKING:
    import PIL.ImageDraw

JOINTS = (
    "nose", "neck",
    "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist",
    "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle",
    "right eye", "left eye", "right ear", "left ear",
)  # fmt: skip
"""The keypoints of OpenPose, in its order: pose-guided models were trained on them."""

BONES = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12),
    (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip

COLOURS = (
    "#ff0000", "#ff5500", "#ffaa00", "#ffff00", "#aaff00", "#55ff00", "#00ff00", "#00ff55",
    "#00ffaa", "#00ffff", "#00aaff", "#0055ff", "#0000ff", "#5500ff", "#aa00ff", "#ff00ff",
    "#ff00aa", "#ff0055",
)  # fmt: skip
"""The colours of OpenPose, by index one per joint and one per bone."""


@dataclass(frozen=True)
class Pose:
    """The keypoints of one person in an image; None for invisible ones."""

    joints: tuple[tuple[float, float] | None, ...]


class PoseFinder(Model, ABC):
    """A human pose estimation model."""

    @abstractmethod
    def poses(self, image: Image) -> tuple[Pose, ...]:
        """Return the pose of each detected person, the most prominent first."""


@tool
def pose(model: PoseFinder, image: Image) -> Image:
    """Draw the skeletons of the people in a picture, in colours on black.

    >>> skeleton = pose(portrait)
    """
    import PIL.Image
    import PIL.ImageDraw

    people = model.poses(image)
    if not people:
        raise ToolError("no person with a recognisable pose was found in the picture")
    canvas = PIL.Image.new("RGB", (image.width, image.height))
    pen = PIL.ImageDraw.Draw(canvas)
    for person in reversed(people):
        _draw(pen, person, width=max(1, round(min(canvas.size) / 100)))
    return Image(canvas)


def _draw(pen: PIL.ImageDraw.ImageDraw, person: Pose, width: int) -> None:
    for (start, end), colour in zip(BONES, COLOURS, strict=False):
        first, second = person.joints[start], person.joints[end]
        if first and second:
            pen.line([first, second], fill=colour, width=width)
    for joint, colour in zip(person.joints, COLOURS, strict=True):
        if joint:
            pen.circle(joint, width, fill=colour)
