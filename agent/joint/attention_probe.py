"""Attention of a joint model while it answers, by medium and object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.joint.region_text import in_pixels
from tools import Box, Boxes, Image

SAME = 0.5
"""IoU from which two boxes with the same label are one object."""
_LEGIBLE = 256
"""Minimum pixels of an image's shorter side for readable labels."""
_DARKEST = 90
"""Of 255, where there is no attention."""
_MOST_TOLD = 3
_LEAST_TOLD = 0.005


@dataclass(frozen=True)
class Look:
    """The attention to one medium."""

    share: float
    things: Boxes
    """Boxes as percentages of the image. Each score is a share of all attention; a box without a
    label is a part of the image without a detected object."""

    @classmethod
    def of(cls, shares: Sequence[float], boxes: Sequence[Box]) -> Look:
        """Merge the attention to slots by object; `boxes` locate the slots.

        A medium whose slots have no location has no boxes.
        """
        things: list[Box] = []
        for share, box in zip(shares, boxes, strict=bool(boxes)):
            for place, known in enumerate(things):
                if known.label == box.label and in_common(known, box) >= SAME:
                    things[place] = replace(known, score=known.score + share)
                    break
            else:
                things.append(replace(box, score=share))
        things.sort(key=lambda box: -box.score)
        return cls(sum(shares), Boxes(tuple(things)))

    def by_label(self) -> dict[str, float]:
        """Sum the attention by object label, highest first."""
        shares: dict[str, float] = {}
        for box in self.things:
            if box.label:
                shares[box.label] = shares.get(box.label, 0.0) + box.score
        return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def in_common(first: Box, second: Box) -> float:
    """Compute the intersection over union of two boxes."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    both = max(width, 0) * max(height, 0)
    areas = [(box.right - box.left) * (box.bottom - box.top) for box in (first, second)]
    return both / max(sum(areas) - both, 1e-9)


def picture_of_looks(image: Image, things: Boxes) -> Image:
    """Draw the attention into an image: brightness, and boxes around objects."""
    import PIL.Image

    from tools.library.regions.draw_boxes import draw_boxes

    shown = image.opaque()
    larger = max(1, -(-_LEGIBLE // min(shown.size)))
    shown = shown.resize((shown.width * larger, shown.height * larger))
    # The background gets more attention than each object, and says less.
    told = [box for box in things if box.label] or list(things)
    most = max((box.score for box in told), default=0.0) or 1.0
    boxes = [in_pixels(box, Image(shown)) for box in reversed(told)]
    light = PIL.Image.new("L", shown.size, _DARKEST)
    for box in boxes:
        brightness = _DARKEST + round((255 - _DARKEST) * box.score / most)
        light.paste(brightness, mask=box.mask(*shown.size))
    shaded = PIL.Image.composite(shown, PIL.Image.new("RGB", shown.size), light)
    named = [
        replace(box, label=f"{box.label} {in_hundredths(box.score)}") for box in boxes if box.label
    ]
    return draw_boxes.function(Image(shaded), Boxes(tuple(reversed(named))))


def told_in_words(shares: Mapping[str, float], things: Mapping[str, Mapping[str, float]]) -> str:
    """Describe attention: "looked at image1 61 % (dog 34 %, house 12 %), words 39 %"."""
    told: list[str] = []
    for name, share in shares.items():
        seen = [pair for pair in things.get(name, {}).items() if pair[1] >= _LEAST_TOLD]
        within = _listed(seen[:_MOST_TOLD])
        told.append(f"{name} {in_hundredths(share)}" + (f" ({within})" if within else ""))
    return f"looked at {', '.join(told)}"


def _listed(pairs: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {in_hundredths(share)}" for name, share in pairs)


def in_hundredths(share: float) -> str:
    return f"{100 * share:.0f} %"
