"""Embed images and texts by an embeddings API that takes both."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from tools import Image
from tools.adapters.endpoint.endpoint_client import EndpointClient
from tools.library.vision.classify import Matcher
from tools.library.vision.compare import Comparer
from tools.models.endpoint import Endpoint
from tools.models.endpoint_model import EndpointModel

_TEXT_BATCH = 64
_IMAGE_BATCH = 8
_JPEG_QUALITY = 90


class EndpointMatcher(EndpointModel, Matcher, Comparer):
    """Joint embedding of images and texts.

    An input is a text, or an object with an image in base64: `{"image": "…"}`, as Batuta's own
    server and some others take it. Settings: `side`, the maximum image side in pixels (512).
    """

    def __init__(self, client: EndpointClient, side: int) -> None:
        self._client = client
        self._side = side

    @classmethod
    def connect(cls, endpoint: Endpoint, settings: Mapping[str, str]) -> Self:
        return cls(EndpointClient(endpoint), int(settings.get("side", "512")))

    def similarities(self, images: Sequence[Image], texts: Sequence[str]) -> NDArray[np.float32]:
        return self.vectors(images) @ self.text_vectors(texts).T

    def text_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector for each text."""
        return self._embed(list(texts), _TEXT_BATCH)

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        return self._embed([{"image": self._base64(image)} for image in images], _IMAGE_BATCH)

    def _embed(self, inputs: Sequence[Any], batch_size: int) -> NDArray[np.float32]:
        starts = range(0, len(inputs), batch_size)
        batches = [inputs[start : start + batch_size] for start in starts]
        return np.concatenate([self._batch_vectors(batch) for batch in batches])

    def _batch_vectors(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        response = self._client.post("embeddings", _EmbeddingList, input=inputs)
        rows = [item.embedding for item in sorted(response.data, key=lambda item: item.index)]
        if len(rows) != len(inputs) or len({len(row) for row in rows}) != 1:
            self._client.fail(f"{len(rows)} embeddings came for {len(inputs)} inputs")
        vectors = np.asarray(rows, np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(norms, np.finfo(np.float32).tiny)

    def _base64(self, image: Image) -> str:
        pixels = image.opaque().copy()
        pixels.thumbnail((self._side, self._side))
        file = io.BytesIO()
        pixels.save(file, "JPEG", quality=_JPEG_QUALITY)
        return base64.b64encode(file.getvalue()).decode()


class _EmbeddingBody(BaseModel):
    index: int
    embedding: list[float]


class _EmbeddingList(BaseModel):
    data: list[_EmbeddingBody]
