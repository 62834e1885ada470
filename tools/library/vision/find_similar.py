"""Sort images by similarity to a given image."""

from __future__ import annotations

from tools import Image, tool
from tools.library.vision.compare import Comparer


@tool(words="Sort {images} by how much they look like {like}")
def find_similar(model: Comparer, images: list[Image], like: Image) -> list[Image]:
    """Sort pictures by how much they look like a given picture, the most alike first.

    >>> nearest = find_similar([sign, photo], like=grayscale(photo))[0]
    """
    if not images:
        return []
    query, *vectors = model.vectors([like, *images])
    order = sorted(range(len(images)), key=lambda index: -float(vectors[index] @ query))
    return [images[place] for place in order]
