"""Find the straight lines of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_SIDE = 1_000
SHORTEST_LINE = 0.02
"""Of the shorter side, and 8 pixels at least."""


def line_segments(picture: PIL.Image.Image) -> NDArray[np.float64]:
    """Return the ends of each line segment as x1, y1, x2, y2 of a picture of LONGEST_SIDE at most.

    The detector is that of Grompone von Gioi et al. (2010).
    """
    import cv2

    grey = picture.convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE), PIL.Image.Resampling.LANCZOS)
    # OpenCV returns None where there are no lines, whatever its stubs say.
    segments: Any = cv2.createLineSegmentDetector().detect(np.asarray(grey))[0]
    ends = np.zeros((0, 4)) if segments is None else np.asarray(segments, np.float64).reshape(-1, 4)
    lengths = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return ends[lengths > max(8, SHORTEST_LINE * min(grey.size))]
