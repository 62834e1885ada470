"""Draw and edit images by the images API of OpenAI and compatible servers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, Field

from tools import Image
from tools.adapters.endpoint.endpoint_client import EndpointClient, FormFile
from tools.library.images.draw import Painter
from tools.library.images.edit import Editor
from tools.models.endpoint import Endpoint
from tools.models.endpoint_model import EndpointModel


class EndpointImages(EndpointModel, Painter, Editor):
    """Text-to-image and instruction-based editing.

    Settings: `seed`, the name of the field that takes a seed; without it the service draws as it
    likes. Where the service would send links, set `response_format = "b64_json"` in the parameters
    of the endpoint.
    """

    def __init__(self, client: EndpointClient, seed_field: str) -> None:
        self._client = client
        self._seed_field = seed_field

    @classmethod
    def connect(cls, endpoint: Endpoint, settings: Mapping[str, str]) -> Self:
        return cls(EndpointClient(endpoint), settings.get("seed", ""))

    def paint(self, prompt: str, seed: int) -> Image:
        seed_field = {self._seed_field: seed} if self._seed_field else {}
        images = self._client.post(
            "images/generations", _ImageList, prompt=prompt, n=1, **seed_field
        )
        return self._first_image(images)

    def edit(self, image: Image, instruction: str, seed: int) -> Image:
        seed_field = {self._seed_field: str(seed)} if self._seed_field else {}
        picture = FormFile("image.png", Image(image.opaque()).encode(), "image/png")
        images = self._client.post_form(
            "images/edits", _ImageList, {"image": picture}, prompt=instruction, n="1", **seed_field
        )
        edited = self._first_image(images).opaque()
        return Image(edited if edited.size == image.size else edited.resize(image.size))

    def _first_image(self, images: _ImageList) -> Image:
        content = images.data[0].b64_json
        if not content:
            self._client.fail(
                'it sends a link, which is not fetched; set `response_format = "b64_json"` in '
                "`parameters`"
            )
        try:
            data = base64.b64decode(content.partition("base64,")[2] or content, validate=True)
        except binascii.Error as error:
            self._client.fail(f"data.0.b64_json is no base64: {error}")
        return self._client.open_as(Image, data)


class _ImageBody(BaseModel):
    b64_json: str | None = None


class _ImageList(BaseModel):
    data: list[_ImageBody] = Field(min_length=1)
