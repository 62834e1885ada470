"""Whether a picture is a scene of the sprite world, which the small models know, or anything else.

Scenes have one of eight plain backgrounds, or two of them that fade into each other, and at their
edges little else is seen.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from tools.media import Audio, Image, Media
from tools.sprites.audio_domain import is_of_the_world

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Domain = Literal["photo", "scene"]
"""As cards name it; "photo" is whatever is no scene."""

BACKGROUNDS = (
    (248, 248, 246), (26, 26, 30), (150, 152, 158), (88, 148, 236),
    (112, 192, 108), (252, 226, 112), (250, 168, 200), (150, 104, 206),
)  # fmt: skip
SIDE = 64
EDGE = 3
"""How many pixels the edge is wide that is looked at, of a picture of SIDE pixels."""
ALIKE = 8
"""How far a colour may be off: noise and rounding are less, the white of paper (255) is more."""
LEAST_SHARE = 0.4
"""Of 1,000 scenes 5 had less background at their edges; of 552 parts of 46 other pictures 16 had
more, all of them parts of two charts."""


def domain_of(image: Image) -> Domain:
    """Where the picture comes from, in a few milliseconds."""
    import numpy as np

    return "scene" if np.max(_likeness(image)) >= LEAST_SHARE else "photo"


def domain_of_media(media: Media) -> Domain | Literal[""]:
    """Return where an image or audio comes from; nothing for other media."""
    if isinstance(media, Image):
        return domain_of(media)
    if isinstance(media, Audio):
        return "scene" if is_of_the_world(media) else "photo"
    return ""


def background_of(image: Image) -> NDArray[np.uint8]:
    """The picture without the things, if it is a scene: the background its edges are most like."""
    import numpy as np

    number = int(_likeness(image).argmax())
    across, fade = divmod(number, len(BACKGROUNDS) ** 2)
    first, second = (np.array(BACKGROUNDS[colour]) for colour in divmod(fade, len(BACKGROUNDS)))
    share = np.linspace(0, 1, image.width if across else image.height)[:, None]
    line = (first * (1 - share) + second * share).round().astype(np.uint8)
    shape = (image.height, image.width, 3)
    return np.broadcast_to(line[None] if across else line[:, None], shape).copy()


def _likeness(image: Image) -> NDArray[np.floating]:
    """The share of the picture's edge that looks like that of each background."""
    import numpy as np

    pixels = np.asarray(image.opaque().resize((SIDE, SIDE)), np.int16)
    off = np.abs(_edges_of_scenes() - _edge(pixels[None])).max(axis=2)
    return (off < ALIKE).mean(axis=1)


def _edge(pictures: NDArray[np.int16]) -> NDArray[np.int16]:
    """The outermost pixels of each picture: (pictures, pixels, 3)."""
    import numpy as np

    middle = np.zeros((SIDE, SIDE), np.bool_)
    middle[EDGE:-EDGE, EDGE:-EDGE] = True
    return pictures[:, ~middle]


@cache
def _edges_of_scenes() -> NDArray[np.int16]:
    """The edge of every background there is: (backgrounds, pixels, 3)."""
    import numpy as np

    share = np.linspace(0, 1, SIDE)[:, None]
    fades = [
        np.array(first) * (1 - share) + np.array(second) * share
        for first in BACKGROUNDS
        for second in BACKGROUNDS
    ]
    down = [np.broadcast_to(fade[:, None], (SIDE, SIDE, 3)) for fade in fades]
    across = [np.broadcast_to(fade[None], (SIDE, SIDE, 3)) for fade in fades]
    return _edge(np.stack(down + across).round().astype(np.int16))
