"""Sort images by similarity to a text."""

from __future__ import annotations

from tools import BadArgument, Image, tool
from tools.library.vision.classify import Matcher


@tool(words="Sort {images} by how well they fit “{text}”")
def search_images(model: Matcher, images: list[Image], text: str) -> list[Image]:
    """Sort pictures by how well they fit a text, the best first.

    >>> best = search_images([photo, scene], "three apples")[0]
    """
    if not text.strip():
        raise BadArgument(
            f"there is nothing to search for in {text!r}",
            hint='say what the pictures should show, as in search_images([image1], "a dog")',
        )
    if not images:
        return []
    scores = model.similarities(images, [text])[:, 0]
    return [images[index] for index in scores.argsort(kind="stable")[::-1]]
