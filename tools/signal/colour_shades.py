"""Name colours as people do, by the nearest of some shades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.signal.oklab import srgb_to_oklab

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Shades of the eleven basic colour terms (Berlin and Kay, 1969), and of turquoise and beige. A
# pixel gets the name of the nearest shade.
SHADES = {
    "black": ("#000000", "#1a1a1a", "#1c1614", "#101820"),
    "grey": ("#404040", "#606060", "#808080", "#a0a0a0", "#c0c0c0", "#70757a"),
    "white": ("#ffffff", "#e8e8e8", "#f5f2ea"),
    "red": ("#ff0000", "#c00000", "#800000", "#d32f2f", "#b22222", "#f04020"),
    "orange": ("#ff8000", "#e06000", "#ffa030", "#f4762a"),
    "brown": ("#402010", "#5c3a21", "#7b4a1e", "#8b5a2b", "#9c6b44", "#33211a", "#6e4a3a"),
    "beige": ("#f5f5dc", "#d9c39a", "#e6d3b3", "#c8ad86"),
    "yellow": ("#ffff00", "#e0c000", "#ffe060", "#ffd700"),
    "green": ("#00ff00", "#008000", "#004d00", "#60a040", "#9acd32", "#556b2f", "#8fbc8f"),
    "turquoise": ("#40e0d0", "#008b8b", "#00ced1"),
    "blue": ("#0000ff", "#000080", "#4060c0", "#87ceeb", "#3080ff", "#1e3a5f", "#b0c8e8"),
    "purple": ("#800080", "#5a2d82", "#9966cc", "#4b0082"),
    "pink": ("#ffc0cb", "#ff69b4", "#e75480", "#f8a8b8"),
}


def name_pixels(pixels: NDArray[np.uint8]) -> list[str]:
    """Return the colour name of each pixel: (pixels, 3)."""
    import numpy as np
    import PIL.ImageColor

    named_shades = [(name, shade) for name, shades in SHADES.items() for shade in shades]
    codes = [PIL.ImageColor.getrgb(shade)[:3] for _, shade in named_shades]
    shade_labs = srgb_to_oklab(np.asarray(codes, np.uint8))
    distances = np.linalg.norm(srgb_to_oklab(pixels)[:, None] - shade_labs, axis=2)
    return [named_shades[index][0] for index in distances.argmin(axis=1).tolist()]
