"""Look at images by the chat completions of OpenAI and compatible servers."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, Field

from tools import Image
from tools.adapters.endpoint.endpoint_client import EndpointClient
from tools.library.text.ask_document import DocumentAnswerer
from tools.library.vision.ask_image import Answerer
from tools.library.vision.caption import Captioner
from tools.models.endpoint import Endpoint
from tools.models.endpoint_model import EndpointModel

_PROMPTS = {
    "caption": "Describe this picture in one sentence.",
    "question": "{question} Answer in a few words.",
    "document": "{question} Answer from this page in a few words.",
}
_JPEG_QUALITY = 90


class EndpointVision(EndpointModel, Captioner, Answerer, DocumentAnswerer):
    """Vision-language model.

    Settings: `caption`, the prompt for a caption; `question` and `document`, the prompts for a
    question about an image and a page, with {question} in it; `side`, the maximum image side in
    pixels (1280).
    """

    def __init__(self, client: EndpointClient, settings: Mapping[str, str]) -> None:
        self._client = client
        self._prompts = {name: settings.get(name, prompt) for name, prompt in _PROMPTS.items()}
        self._side = int(settings.get("side", "1280"))

    @classmethod
    def connect(cls, endpoint: Endpoint, settings: Mapping[str, str]) -> Self:
        return cls(EndpointClient(endpoint), settings)

    def caption(self, image: Image) -> str:
        return self._answer(image, "caption")

    def answer(self, image: Image, question: str) -> str:
        return self._answer(image, "question", question)

    def answer_document(self, image: Image, question: str) -> str:
        return self._answer(image, "document", question)

    def _answer(self, image: Image, prompt: str, question: str = "") -> str:
        text = self._prompts[prompt].replace("{question}", " ".join(question.split()))
        parts = [
            {"type": "text", "text": text},
            {"type": "image_url", "image_url": {"url": self._data_uri(image)}},
        ]
        completion = self._client.post(
            "chat/completions", _Completion, messages=[{"role": "user", "content": parts}]
        )
        answer = (completion.choices[0].message.content or "").strip()
        return answer or self._client.fail("the answer has no text")

    def _data_uri(self, image: Image) -> str:
        pixels = image.opaque().copy()
        pixels.thumbnail((self._side, self._side))
        file = io.BytesIO()
        pixels.save(file, "JPEG", quality=_JPEG_QUALITY)
        return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
