"""POST /v1/images/generations and /v1/images/edits."""

from __future__ import annotations

import asyncio
import base64
import io
import secrets
import time
from typing import Annotated, Any, Literal

import PIL.Image
from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from agent.record.artifacts import Encoded
from agent.runtime.agent_runtime import AgentRuntime
from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ERROR_RESPONSES, ApiError, reject
from agent.server.model_names import MODEL
from agent.server.runs.file_inputs import ReceivedFile
from agent.server.runs.run_schemas import Seed, media_values
from agent.server.runs.run_service import RunService
from agent.server.single_tools.tool_plan import (
    ToolCall,
    ToolModel,
    model_of,
    plan_of,
    require_tool,
    results_of,
    run_plan,
)
from tools.media import Image, Mask

MAX_IMAGES = 8
_OPAQUE = 128
"""An alpha value below it marks a pixel to be changed."""

ImageFormat = Literal["png", "jpeg", "webp"]
ResponseForm = Literal["b64_json", "url"]
ModelName = Annotated[str, Field(max_length=200)]
Prompt = Annotated[str, Field(min_length=1, max_length=4_000)]
ImageCount = Annotated[int, Field(ge=1, le=MAX_IMAGES)]


class ImageRequest(BaseModel):
    """A request to draw.

    `size`, `quality` and `style` have no effect: an image has the size that its model draws.
    """

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    prompt: Prompt
    model: ModelName = MODEL
    n: ImageCount | None = None
    response_format: ResponseForm | None = None
    output_format: ImageFormat | None = None
    stream: bool | None = None
    seed: Seed | None = None
    """The same seed gives the same images; a random one by default."""


class ImageBody(BaseModel):
    """One image, as base64 or as a link."""

    b64_json: str | None = None
    url: str | None = None


class ImageList(BaseModel):
    """The images, and the seed that draws them again."""

    created: int
    data: list[ImageBody]
    output_format: ImageFormat
    size: str
    seed: int


def image_routes(service: RunService) -> APIRouter:
    """Build the routes that make images."""
    router = APIRouter(prefix="/v1/images", tags=["single tools"])

    @router.post("/generations", responses=ERROR_RESPONSES, summary="Draw images from a prompt")
    async def generate_images(request: Request, body: ImageRequest) -> ImageList:
        if body.stream:
            reject("stream", "images are not streamed", "leave `stream` out")
        form = _Form(body.response_format or "b64_json", body.output_format or "png")
        model = await model_of(service, body.model, "draw")
        require_tool(model.agent, "draw")
        seed = secrets.randbelow(1 << 31) if body.seed is None else body.seed
        run = await run_plan(
            service,
            request,
            text=body.prompt,
            inputs={"prompt": body.prompt},
            plan=_plan_of_many("draw", ("prompt",), model.pin, body.n or 1),
            profile=model.profile,
            seed=seed,
        )
        return await _image_list(service, request, model.agent, run, form, seed)

    @router.post(
        "/edits",
        responses=ERROR_RESPONSES,
        summary="Change an image, or make one from several, as a prompt says",
        description="With one image and a tool `edit` in the profile, that tool changes it. "
        "Otherwise the request is planned with all tools. The transparent parts of the mask are "
        "the region to change.",
    )
    async def edit_images(
        request: Request,
        prompt: Annotated[str, Form(min_length=1, max_length=4_000)],
        image: Annotated[list[UploadFile] | None, File()] = None,
        image_list: Annotated[list[UploadFile] | None, File(alias="image[]")] = None,
        mask: Annotated[UploadFile | None, File()] = None,
        model: Annotated[str, Form(max_length=200)] = MODEL,
        n: Annotated[int, Form(ge=1, le=MAX_IMAGES)] = 1,
        response_format: Annotated[ResponseForm, Form()] = "b64_json",
        output_format: Annotated[ImageFormat, Form()] = "png",
        seed: Annotated[int | None, Form(ge=0, lt=1 << 31)] = None,
    ) -> ImageList:
        form = _Form(response_format, output_format)
        tool_model = await model_of(service, model, "edit")
        inputs = await _edit_inputs(
            service, request, tool_model.agent, [*(image or ()), *(image_list or ())], mask
        )
        is_single = len(inputs) - ("region1" in inputs) == 1
        text, plan = prompt, ""
        if is_single and "edit" in tool_model.agent.session.offered:
            arguments = ("image1", "instruction", *(["region1"] if "region1" in inputs else []))
            plan = _plan_of_many("edit", arguments, tool_model.pin, n)
            inputs["instruction"] = prompt
        else:
            _require_plannable(tool_model, n)
            text += " (only region1 of image1)" if "region1" in inputs else ""
        chosen_seed = secrets.randbelow(1 << 31) if seed is None else seed
        run = await run_plan(
            service,
            request,
            text=text,
            inputs=inputs,
            plan=plan,
            profile=tool_model.profile,
            seed=chosen_seed,
        )
        return await _image_list(service, request, tool_model.agent, run, form, chosen_seed)

    return router


class _Form:
    """How the images of a response are sent."""

    def __init__(self, response_form: ResponseForm, image_format: ImageFormat) -> None:
        if response_form == "url" and image_format != "png":
            reject(
                "output_format",
                f"a link leads to a PNG file, not {image_format}",
                "ask for b64_json, or leave `output_format` out",
            )
        self.response_form = response_form
        self.image_format: ImageFormat = image_format


def _plan_of_many(tool: str, arguments: tuple[str, ...], pin: str, count: int) -> str:
    """Return a plan of equal calls: each has a seed of its own, by its position."""
    names = [f"picture{number}" for number in range(1, count + 1)]
    lines = plan_of(*(ToolCall(name, tool, arguments, pin) for name in names)).splitlines()
    listed = " ".join(f"{{{name}}}" for name in names)
    return "\n".join([*lines[:-1], f'say("{listed}")'])


def _require_plannable(model: ToolModel, count: int) -> None:
    if model.pin or count > 1:
        reject(
            "model" if model.pin else "n",
            "this request is planned with all tools, not with one model, and once",
            "leave `model` and `n` out, or send one image to a profile with the tool edit",
        )


async def _edit_inputs(
    service: RunService,
    request: Request,
    agent: AgentRuntime,
    images: list[UploadFile],
    mask: UploadFile | None,
) -> dict[str, Encoded]:
    if not images:
        raise ApiError(
            400,
            "there is no image to change",
            hint="send it in the part `image`, or several in `image[]`",
            code="missing_image",
            param="image",
        )
    parts = [*images, mask] if mask else images
    files = [ReceivedFile(part.filename or "", await part.read()) for part in parts]
    values = await service.store_files(client_of(request), agent, files)
    for value, file in zip(values, files, strict=True):
        if not isinstance(value, dict) or value["kind"] != "image":
            raise ApiError(
                400,
                f"{file.name!r} is no image",
                hint="send pictures, such as PNG or JPEG files",
                code="not_an_image",
                param="image",
            )
    masks = [values.pop()] if mask else []
    inputs: dict[str, Encoded] = {f"image{n}": value for n, value in enumerate(values, 1)}
    if masks:
        inputs["region1"] = await asyncio.to_thread(_region_of, agent, masks[0], values[0])
    return inputs


def _region_of(agent: AgentRuntime, mask: Encoded, image: Encoded) -> Encoded:
    """Return the transparent part of a mask as a region."""
    store = agent.session.store
    picture, target = store.decode(mask), store.decode(image)
    assert isinstance(picture, Image)
    assert isinstance(target, Image)
    if picture.pixels.mode != "RGBA" or picture.size != target.size:
        raise ApiError(
            400,
            f"the mask is a picture of {picture.width}×{picture.height} pixels in mode "
            f"{picture.pixels.mode}; allowed is one of {target.width}×{target.height} with "
            "transparent parts",
            hint="make transparent what is to be changed, and keep the size of the image",
            code="invalid_mask",
            param="mask",
        )
    alpha = picture.pixels.getchannel("A")
    region = Mask(alpha.point([255 if value < _OPAQUE else 0 for value in range(256)]))
    return store.encode(region, origin="mask")


async def _image_list(
    service: RunService,
    request: Request,
    agent: AgentRuntime,
    run: str,
    form: _Form,
    seed: int,
) -> ImageList:
    digests = [
        reference["artifact"]
        for result in results_of(service, request, run)
        for reference in media_values(result.value)
        if reference["kind"] == "image"
    ]
    if not digests:
        answer = service.view(client_of(request), run).answer
        raise ApiError(
            422,
            f"the answer has no image: {answer[:300]!r}",
            hint="say in the prompt what the image should show",
            code="no_image",
        )
    images = [await asyncio.to_thread(agent.session.store.get, digest) for digest in digests]
    width, height = next(image.size for image in images if isinstance(image, Image))
    bodies: list[ImageBody] = []
    for digest, image in zip(digests, images, strict=True):
        assert isinstance(image, Image)
        if form.response_form == "url":
            link = service.links.sign(client_of(request).id, digest)
            bodies.append(ImageBody(url=str(request.base_url).rstrip("/") + link))
        else:
            data = await asyncio.to_thread(_encode, image, form.image_format)
            bodies.append(ImageBody(b64_json=base64.b64encode(data).decode()))
    return ImageList(
        created=int(time.time()),
        data=bodies,
        output_format=form.image_format,
        size=f"{width}x{height}",
        seed=seed,
    )


def _encode(image: Image, image_format: ImageFormat) -> bytes:
    if image_format == "png":
        return image.encode()
    pixels: PIL.Image.Image = image.opaque() if image_format == "jpeg" else image.pixels
    file = io.BytesIO()
    options: dict[str, Any] = {"quality": 90}
    pixels.save(file, image_format.upper(), **options)
    return file.getvalue()
