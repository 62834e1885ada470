"""Media types that tools take and return, besides text, numbers and lists."""

from tools.media.audio import Audio
from tools.media.base import Media
from tools.media.document import Document
from tools.media.image import Image
from tools.media.regions import Box, Boxes, Mask, Points, Region
from tools.media.table import Embedding, Table
from tools.media.video import Video

__all__ = [
    "Audio",
    "Box",
    "Boxes",
    "Document",
    "Embedding",
    "Image",
    "Mask",
    "Media",
    "Points",
    "Region",
    "Table",
    "Video",
]
