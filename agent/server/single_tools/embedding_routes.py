"""POST /v1/embeddings, by the model that compares texts with images."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Sequence
from threading import Event as StopEvent
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ERROR_RESPONSES, ApiError, reject
from agent.server.model_names import MODEL
from agent.server.runs.run_service import RunService
from agent.server.single_tools.tool_plan import ToolModel, model_of, require_tool
from tools.models.routing import pin_of

TOOL = "search_images"
"""The tool whose model embeds texts."""
MAX_TEXTS = 256

EmbeddedText = Annotated[str, Field(min_length=1, max_length=8_000)]


@runtime_checkable
class TextEncoder(Protocol):
    """A model that embeds texts."""

    def text_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector for each text."""
        ...


class EmbeddingRequest(BaseModel):
    """Texts to embed, in the space of the images that the model compares with them."""

    model_config = ConfigDict(extra="ignore")

    input: EmbeddedText | Annotated[list[EmbeddedText], Field(min_length=1, max_length=MAX_TEXTS)]
    model: Annotated[str, Field(max_length=200)] = MODEL
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


class EmbeddingBody(BaseModel):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingList(BaseModel):
    """An embedding for each text; base64 holds 32-bit floats, little-endian."""

    object: Literal["list"] = "list"
    data: list[EmbeddingBody]
    model: str
    usage: dict[str, int]


def embedding_routes(service: RunService) -> APIRouter:
    """Build the route for embeddings."""
    router = APIRouter(prefix="/v1", tags=["single tools"])
    slots = asyncio.Semaphore(service.limits.runs_at_once)

    @router.post("/embeddings", responses=ERROR_RESPONSES, summary="Embed texts")
    async def create_embeddings(request: Request, body: EmbeddingRequest) -> EmbeddingList:
        if body.dimensions is not None:
            reject("dimensions", "the model decides the dimensions", "leave `dimensions` out")
        model = await model_of(service, body.model, TOOL)
        require_tool(model.agent, TOOL)
        client = client_of(request)
        service.require_allowance(client)
        texts = [body.input] if isinstance(body.input, str) else body.input
        async with slots:
            start_time = time.monotonic()
            card, vectors = await _embed(model, texts)
            client.usage.add(compute_seconds=time.monotonic() - start_time)
        return EmbeddingList(
            data=[
                EmbeddingBody(index=index, embedding=_encode(vector, body.encoding_format))
                for index, vector in enumerate(vectors)
            ],
            model=card,
            # The model counts no tokens.
            usage={"prompt_tokens": 0, "total_tokens": 0},
        )

    return router


async def _embed(model: ToolModel, texts: Sequence[str]) -> tuple[str, NDArray[np.float32]]:
    """Embed texts with a lease on the model; return its name and the vectors."""
    session = model.agent.session
    cards = [card for card in session.profile.cards_for(TOOL) if model.pin in ("", pin_of(card.id))]
    card = cards[0]
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(session.threads, session.fetch_weights, card, StopEvent())
    device = session.profile.device_of(card)
    async with session.residency.lease(card.id, device=device) as leased:
        encoder: Any = leased
        if not isinstance(encoder, TextEncoder):
            raise ApiError(
                400,
                f"the model {pin_of(card.id)!r} cannot embed texts",
                hint="choose another profile with the model `batuta/PROFILE`",
                code="tool_unavailable",
                param="model",
            )
        # Shielded, because a thread cannot be stopped: the lease has to last as long as it.
        work = loop.run_in_executor(session.threads, encoder.text_vectors, texts)
        return pin_of(card.id), await _finish_even_if_cancelled(work)


async def _finish_even_if_cancelled(
    work: asyncio.Future[NDArray[np.float32]],
) -> NDArray[np.float32]:
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise


def _encode(vector: NDArray[np.float32], encoding: Literal["float", "base64"]) -> list[float] | str:
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [float(value) for value in vector]
