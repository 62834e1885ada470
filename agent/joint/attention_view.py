"""Attention of a joint model while it answers, by medium and object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.joint.region_text import to_pixels
from tools import Box, Boxes, Image

SAME_IOU = 0.5
"""IoU from which two boxes with the same label are one object."""
_MIN_LEGIBLE_SIDE = 256
"""Minimum pixels of an image's shorter side for readable labels."""
_MIN_BRIGHTNESS = 90
"""Of 255, where there is no attention."""
_MAX_OBJECTS = 3
_MIN_SHARE = 0.005


@dataclass(frozen=True)
class MediumAttention:
    """The attention to one medium."""

    share: float
    objects: Boxes
    """Boxes as percentages of the image. Each score is a share of all attention; a box without a
    label is a part of the image without a detected object."""

    @classmethod
    def from_slots(cls, shares: Sequence[float], boxes: Sequence[Box]) -> MediumAttention:
        """Merge the attention to slots by object; `boxes` locate the slots.

        A medium whose slots have no location has no boxes.
        """
        objects: list[Box] = []
        for share, box in zip(shares, boxes, strict=bool(boxes)):
            for index, known_object in enumerate(objects):
                if known_object.label == box.label and known_object.iou(box) >= SAME_IOU:
                    objects[index] = replace(known_object, score=known_object.score + share)
                    break
            else:
                objects.append(replace(box, score=share))
        objects.sort(key=lambda box: -box.score)
        return cls(sum(shares), Boxes(tuple(objects)))

    def by_label(self) -> dict[str, float]:
        """Sum the attention by object label, highest first."""
        shares: dict[str, float] = {}
        for box in self.objects:
            if box.label:
                shares[box.label] = shares.get(box.label, 0.0) + box.score
        return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def draw_attention(image: Image, objects: Boxes) -> Image:
    """Draw the attention into an image: brightness, and boxes around objects."""
    import PIL.Image

    from tools.library.regions.draw_boxes import draw_boxes

    canvas = image.opaque()
    scale = max(1, -(-_MIN_LEGIBLE_SIDE // min(canvas.size)))
    canvas = canvas.resize((canvas.width * scale, canvas.height * scale))
    # The background gets more attention than each object, and says less.
    foreground = [box for box in objects if box.label] or list(objects)
    max_score = max((box.score for box in foreground), default=0.0) or 1.0
    boxes = [to_pixels(box, Image(canvas)) for box in reversed(foreground)]
    light = PIL.Image.new("L", canvas.size, _MIN_BRIGHTNESS)
    for box in boxes:
        brightness = _MIN_BRIGHTNESS + round((255 - _MIN_BRIGHTNESS) * box.score / max_score)
        light.paste(brightness, mask=box.mask(*canvas.size))
    shaded = PIL.Image.composite(canvas, PIL.Image.new("RGB", canvas.size), light)
    captions = [
        replace(box, label=f"{box.label} {format_percent(box.score)}") for box in boxes if box.label
    ]
    return draw_boxes.function(Image(shaded), Boxes(tuple(reversed(captions))))


def describe_attention(
    shares: Mapping[str, float], objects: Mapping[str, Mapping[str, float]]
) -> str:
    """Describe attention: "looked at image1 61 % (dog 34 %, house 12 %), words 39 %"."""
    phrases: list[str] = []
    for name, share in shares.items():
        largest = [pair for pair in objects.get(name, {}).items() if pair[1] >= _MIN_SHARE]
        details = _format_shares(largest[:_MAX_OBJECTS])
        phrases.append(f"{name} {format_percent(share)}" + (f" ({details})" if details else ""))
    return f"looked at {', '.join(phrases)}"


def _format_shares(pairs: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {format_percent(share)}" for name, share in pairs)


def format_percent(share: float) -> str:
    return f"{100 * share:.0f} %"
