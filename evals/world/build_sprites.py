"""Render the sprite sheet from Noto Color Emoji (Debian: fonts-noto-color-emoji).

    python -m evals.world.build_sprites

Only needed when objects.toml changes: the sheet and the font's licence are shipped.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import typer

from evals.world.sprites import CELL, COLUMNS, DATA, OBJECTS

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
LICENCE = Path("/usr/share/doc/fonts-noto-color-emoji/copyright")
STRIKE = 109
"""The only size in points at which the font has bitmaps."""


def render(emoji: str, font: PIL.ImageFont.FreeTypeFont) -> PIL.Image.Image:
    """Render a glyph without margins, scaled to a cell."""
    glyph = PIL.Image.new("RGBA", (176, 176))
    PIL.ImageDraw.Draw(glyph).text((20, 20), emoji, font=font, embedded_color=True)
    visible = glyph.getchannel("A").point([0] * 128 + [255] * 128)
    glyph = glyph.crop(visible.getbbox()).convert("RGBa")
    scale = CELL / max(glyph.size)
    size = (round(glyph.width * scale), round(glyph.height * scale))
    return glyph.resize(size, PIL.Image.Resampling.LANCZOS).convert("RGBA")


def main(font: Annotated[Path, typer.Option()] = FONT) -> None:
    """Write sprites.png and its licence."""
    glyphs = PIL.ImageFont.truetype(str(font), STRIKE)
    rows = -(-len(OBJECTS) // COLUMNS)
    sheet = PIL.Image.new("RGBA", (COLUMNS * CELL, rows * CELL))
    for number, kind in enumerate(OBJECTS.values()):
        corner = (number % COLUMNS * CELL, number // COLUMNS * CELL)
        sheet.paste(render(kind.emoji, glyphs), corner)
    sheet.save(DATA / "sprites.png", optimize=True)
    text = LICENCE.read_text(encoding="utf-8")
    fonts = text[text.index("Files:     fonts/*") : text.index("License:   Apache-2.0\n Licensed")]
    licence = text[text.index("License:   SIL-1.1\n This Font") :]
    plain = re.sub(r"^ \.$", "", fonts + licence, flags=re.MULTILINE)
    (DATA / "sprites.LICENCE.txt").write_text(
        f"sprites.png is rendered from Noto Color Emoji.\n\n{plain}", encoding="utf-8"
    )


if __name__ == "__main__":
    typer.run(main)
