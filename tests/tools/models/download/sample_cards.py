"""Cards of models that exist only in these tests."""

import hashlib

from tools.home import home
from tools.models.card import Card, WeightFile
from tools.models.weight_uri import parse_source


def weight_file(
    content: bytes, *sources: str | list[str], sha256: str = "", size: int = 0
) -> WeightFile:
    """A file that holds `content`, unless told otherwise."""
    return WeightFile(
        name="weights",
        format="bin",
        sources=tuple(parse_source(source) for source in sources),
        sha256=sha256 or hashlib.sha256(content).hexdigest(),
        bytes=size or len(content),
        archive_bytes=size or len(content),
    )


def card(*files: WeightFile) -> Card:
    return Card(
        id="test/model",
        tools=("test",),
        adapter="",
        files=files,
        package="",
        settings={},
        licence="MIT",
        commercial_use=True,
        quality=1,
        quality_source="made up",
        domain="any",
        languages=(),
        limitations="do anything",
        memory_bytes=1,
        weights_folder=home() / "weights",
    )
