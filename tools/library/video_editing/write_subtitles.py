"""Write subtitles into the pictures of a film."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from tools import BadArgument, Table, Video, tool
from tools.signal.text_rendering import (
    Lettering,
    grow_mask,
    lettering_for,
    plain_text,
    text_mask,
    wrap_text,
)
from tools.signal.video.timed_lines import balanced_lines, lines_of, subtitles_of
from tools.signal.video.video_editing import change_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 0.06
"""Of the letters, as a share of the height of the picture, or of its width if that is less."""
SMALLEST = 8
WIDEST = 0.92
"""The share of the width that a line may take."""
BOTTOM = 0.05
"""The share of the height that stays free below."""
OUTLINE = 0.09
"""Width of the outline as a share of the letters' size: letters are read on any picture."""
MOST_LINES = 3


@tool(words="Write {lines} into {video} as subtitles", internal=True)
def write_subtitles(video: Video, lines: Table) -> Video:
    """Write what spoken_lines gives into a film as subtitles; an error if nobody speaks.

    >>> shown = write_subtitles(film, spoken_lines(film))
    """
    subtitles = subtitles_of(lines_of(lines))
    if not subtitles:
        raise BadArgument(
            "nothing is said in the film: there are no words for subtitles",
            hint="use a film in which somebody speaks",
        )

    @lru_cache(maxsize=2)
    def masks(words: str) -> tuple[PIL.Image.Image, PIL.Image.Image]:
        return _masks(words, (video.width, video.height))

    def change(second: float, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        words = next((line.words for line in subtitles if line.start <= second < line.end), "")
        if not words:
            return pixels
        image = PIL.Image.fromarray(pixels)
        for colour, mask in zip(("black", "white"), masks(words), strict=True):
            left = (image.width - mask.width) // 2
            middle = round(image.height * (1 - BOTTOM)) - masks(words)[0].height / 2
            image.paste(colour, (left, round(middle - mask.height / 2)), mask)
        return np.asarray(image)

    return change_frames(video, change)


def _masks(words: str, size: tuple[int, int]) -> tuple[PIL.Image.Image, PIL.Image.Image]:
    """Return where the outline and where the letters of a subtitle are masks."""
    lettering, lines = _fitting(plain_text(words), size)
    letters = text_mask(lines, lettering, "middle")
    return grow_mask(letters, max(1, round(OUTLINE * lettering.size))), letters


def _fitting(words: str, size: tuple[int, int]) -> tuple[Lettering, list[str]]:
    """Return the lines of a subtitle, in smaller letters where they would be too many."""
    width, height = size
    letters = max(SMALLEST, round(SIZE * min(height, width)))
    while True:
        lettering = lettering_for(words, letters)
        lines = balanced_lines(words)
        if max(map(lettering.width, lines)) > WIDEST * width:
            lines = wrap_text(words, lettering, int(WIDEST * width))
        if len(lines) <= MOST_LINES or letters <= SMALLEST:
            return lettering, lines
        letters -= 1
