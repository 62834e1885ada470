"""Write docs/drawings.png: the small model's first eight seeds of some sentences.

python -m evals.pages.drawings_page
"""

from __future__ import annotations

from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from evals.user_catalogue import user_catalogue
from tools.models.residency.card_loader import open_model

PAGE = Path(__file__).parents[2] / "docs" / "drawings.png"
SENTENCES = (
    "six apples",
    "an owl on a blue background",
    "two bananas above a car",
    "a frog inside a red square",
    "nine hearts",
    "a cat to the left of a house",
)
SEEDS = range(8)
SIDE, GAP, LINE = 96, 4, 22


def draw_page() -> PIL.Image.Image:
    """Draw a row of images per sentence, unselected."""
    painter = open_model(user_catalogue()["draw/sprites"])
    height = len(SENTENCES) * (SIDE + LINE + GAP)
    page = PIL.Image.new("RGB", (len(SEEDS) * (SIDE + GAP) - GAP, height), "white")
    pen, font = PIL.ImageDraw.Draw(page), PIL.ImageFont.load_default(14)
    for row, sentence in enumerate(SENTENCES):
        top = row * (SIDE + LINE + GAP)
        pen.text((2, top + 2), f"“{sentence}”", fill="black", font=font)
        for seed in SEEDS:
            picture = painter.paint(sentence, seed).pixels.resize((SIDE, SIDE))
            page.paste(picture, (seed * (SIDE + GAP), top + LINE))
    return page


if __name__ == "__main__":
    draw_page().save(PAGE, optimize=True)
