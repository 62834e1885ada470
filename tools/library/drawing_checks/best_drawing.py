"""Choose the drawing with the fewest faults."""

from __future__ import annotations

from tools import BadArgument, Image, tool


@tool(words="Keep the best of {images}", internal=True)
def best_drawing(images: list[Image], faults: list[list[str]]) -> Image:
    """Choose the picture with the fewest faults, the first of those with equally many.

    >>> best = best_drawing([photo, scene], [["no dog"], []])
    """
    if not images or len(images) != len(faults):
        raise BadArgument(
            f"there are {len(images)} pictures and {len(faults)} lists of faults",
            hint="give one list of faults for each picture, from drawing_faults",
        )
    return images[min(range(len(images)), key=lambda index: len(faults[index]))]
