"""What a joint model looked at while it answered: its attention, by medium and by thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.joint.region_text import in_pixels
from tools import Box, Boxes, Image

SAME = 0.5
"""Of what two boxes with one label cover, both cover as much where they are of one thing."""
_LEGIBLE = 256
"""Pixels that the shorter side of a picture has at least where labels are to be read in it."""
_DARKEST = 90
"""Of 255, where it did not look at all."""
_MOST_TOLD = 3
_LEAST_TOLD = 0.005


@dataclass(frozen=True)
class Look:
    """How much of its attention one medium got."""

    share: float
    things: Boxes
    """In parts of a hundred of the picture. Each score is a share of all attention; what has no
    label is a part of the picture where no thing was seen."""

    @classmethod
    def of(cls, shares: Sequence[float], boxes: Sequence[Box]) -> Look:
        """The attention to each slot of a medium, and where that slot is, if it is anywhere."""
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
        """How much of it things of each name got, the most first."""
        shares: dict[str, float] = {}
        for box in self.things:
            if box.label:
                shares[box.label] = shares.get(box.label, 0.0) + box.score
        return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def in_common(first: Box, second: Box) -> float:
    """Which share of all that two boxes cover both do."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    both = max(width, 0) * max(height, 0)
    areas = [(box.right - box.left) * (box.bottom - box.top) for box in (first, second)]
    return both / max(sum(areas) - both, 1e-9)


def picture_of_looks(image: Image, things: Boxes) -> Image:
    """The picture, the brighter the more attention each place got, with boxes around things."""
    import PIL.Image

    from tools.library.regions.draw_boxes import draw_boxes

    shown = image.opaque()
    larger = max(1, -(-_LEGIBLE // min(shown.size)))
    shown = shown.resize((shown.width * larger, shown.height * larger))
    # What lies behind things gets more than each of them, and says less.
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
    """Such as "looked at image1 61 % (dog 34 %, house 12 %), words 39 %"."""
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
