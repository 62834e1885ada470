"""POST /v1/embeddings of texts and images, by the model that compares them."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Iterator, Sequence
from threading import Event as StopEvent
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from agent.server.access.access_middleware import client_of
from agent.server.access.client_records import Client
from agent.server.api_errors import ERROR_RESPONSES, ApiError, reject
from agent.server.model_names import MODEL
from agent.server.runs.file_inputs import file_of_text
from agent.server.runs.run_service import RunService
from agent.server.single_tools.tool_plan import ToolModel, model_of, require_tool
from tools.errors import SourceError
from tools.media import Image
from tools.models.card import Card
from tools.models.profile import Profile
from tools.models.routing import pin_of

TOOL = "search_images"
"""The tool whose model embeds texts."""
MAX_INPUTS = 256

Vectors = Sequence[NDArray[np.float32]]
EmbeddedText = Annotated[str, Field(min_length=1, max_length=8_000)]


@runtime_checkable
class Encoder(Protocol):
    """A model that embeds texts and images in one space."""

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return a unit vector for each image."""
        ...

    def text_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector for each text."""
        ...


class EmbeddedImage(BaseModel):
    """An image to embed: base64, a data URI or a link to an artifact."""

    model_config = ConfigDict(extra="forbid")

    image: Annotated[str, Field(min_length=1)]


class EmbeddingRequest(BaseModel):
    """Texts and images to embed, in one space."""

    model_config = ConfigDict(extra="ignore")

    input: (
        EmbeddedText
        | Annotated[list[EmbeddedText | EmbeddedImage], Field(min_length=1, max_length=MAX_INPUTS)]
    )
    model: Annotated[str, Field(max_length=200)] = MODEL
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


class EmbeddingBody(BaseModel):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingList(BaseModel):
    """An embedding for each input; base64 holds 32-bit floats, little-endian."""

    object: Literal["list"] = "list"
    data: list[EmbeddingBody]
    model: str
    usage: dict[str, int]


def embedding_routes(service: RunService) -> APIRouter:
    """Build the route for embeddings."""
    router = APIRouter(prefix="/v1", tags=["single tools"])
    slots = asyncio.Semaphore(service.limits.runs_at_once)

    @router.post("/embeddings", responses=ERROR_RESPONSES, summary="Embed texts and images")
    async def create_embeddings(request: Request, body: EmbeddingRequest) -> EmbeddingList:
        if body.dimensions is not None:
            reject("dimensions", "the model decides the dimensions", "leave `dimensions` out")
        model = await model_of(service, body.model, TOOL)
        require_tool(model.agent, TOOL)
        client = client_of(request)
        service.active.require_allowance(client)
        inputs = [body.input] if isinstance(body.input, str) else body.input
        texts = [item for item in inputs if isinstance(item, str)]
        images = await _images_in(service, client, model, inputs)
        async with slots:
            start_time = time.monotonic()
            card, text_vectors, image_vectors = await _embed(model, texts, images)
            client.usage.add(compute_seconds=time.monotonic() - start_time)
        return EmbeddingList(
            data=[
                EmbeddingBody(index=index, embedding=_encode(vector, body.encoding_format))
                for index, vector in enumerate(_in_order(inputs, text_vectors, image_vectors))
            ],
            model=card,
            # The model counts no tokens.
            usage={"prompt_tokens": 0, "total_tokens": 0},
        )

    return router


async def _images_in(
    service: RunService, client: Client, model: ToolModel, inputs: Sequence[str | EmbeddedImage]
) -> list[Image]:
    files = [
        file_of_text(item.image, "image", param=f"input.{index}.image", kinds=("image",))
        for index, item in enumerate(inputs)
        if isinstance(item, EmbeddedImage)
    ]
    values = await service.store_files(client, model.agent, files) if files else []
    store = model.agent.session.store
    images = [await asyncio.to_thread(store.decode, value) for value in values]
    return [image for image in images if isinstance(image, Image)]


def _in_order(
    inputs: Sequence[str | EmbeddedImage], text_vectors: Vectors, image_vectors: Vectors
) -> Iterator[NDArray[np.float32]]:
    """Yield the vectors in the order of the inputs."""
    texts, images = iter(text_vectors), iter(image_vectors)
    for item in inputs:
        yield next(texts if isinstance(item, str) else images)


async def _embed(
    model: ToolModel, texts: Sequence[str], images: Sequence[Image]
) -> tuple[str, Vectors, Vectors]:
    """Embed with a lease on the model; return its name, and the vectors of texts and images."""
    session = model.agent.session
    cards = [card for card in session.profile.cards_for(TOOL) if model.pin in ("", pin_of(card.id))]
    card = cards[0]
    _require_consent(session.profile, card)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(session.threads, session.fetch_weights, card, StopEvent())
    device = session.profile.device_of(card)
    async with session.residency.lease(card.id, device=device) as leased:
        encoder: Any = leased
        if not isinstance(encoder, Encoder):
            raise ApiError(
                400,
                f"the model {pin_of(card.id)!r} cannot embed texts",
                hint="choose another profile with the model `batuta/PROFILE`",
                code="tool_unavailable",
                param="model",
            )

        def embed_all() -> tuple[Vectors, Vectors]:
            return (
                list(encoder.text_vectors(texts)) if texts else [],
                list(encoder.vectors(images)) if images else [],
            )

        # Shielded, because a thread cannot be stopped: the lease has to last as long as it.
        work = loop.run_in_executor(session.threads, embed_all)
        text_vectors, image_vectors = await _finish_even_if_cancelled(work)
        return pin_of(card.id), text_vectors, image_vectors


def _require_consent(profile: Profile, card: Card) -> None:
    """Refuse a model that runs elsewhere, since no plan can be approved here."""
    try:
        profile.require_consent_to_send(card)
    except SourceError as error:
        hint = "the card of the model can allow it: `trusted = true`"
        raise ApiError(409, error.message, hint=hint, code="approval_needed") from error


async def _finish_even_if_cancelled(
    work: asyncio.Future[tuple[Vectors, Vectors]],
) -> tuple[Vectors, Vectors]:
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise


def _encode(vector: NDArray[np.float32], encoding: Literal["float", "base64"]) -> list[float] | str:
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [float(value) for value in vector]
