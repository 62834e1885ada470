"""What tools take and give besides text, numbers and lists."""

from tools.media.audio import Audio
from tools.media.base import Media
from tools.media.image import Depth, Image
from tools.media.regions import Box, Boxes, Mask, Points, Region
from tools.media.table import Embedding, Table
from tools.media.video import Video

__all__ = [
    "Audio",
    "Box",
    "Boxes",
    "Depth",
    "Embedding",
    "Image",
    "Mask",
    "Media",
    "Points",
    "Region",
    "Table",
    "Video",
]
