"""Convert between sRGB and Björn Ottosson's perceptually uniform OKLab.

Unlike in HSV, lightness and distances match perception. https://bottosson.github.io/posts/oklab/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def srgb_to_oklab(srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert sRGB bytes to OKLab, lightness from 0 to 1: (…, 3)."""
    import numpy as np

    encoded = np.asarray(srgb, np.float32) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ np.asarray(_TO_CONES).T) @ np.asarray(_TO_LAB).T, np.float32)


def oklab_to_srgb(colours: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Convert OKLab to sRGB bytes, clipped to the gamut: (…, 3)."""
    import numpy as np

    cones = (colours @ np.linalg.inv(np.asarray(_TO_LAB)).T) ** 3
    linear = (cones @ np.linalg.inv(np.asarray(_TO_CONES)).T).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray((encoded * 255).round(), np.uint8)
