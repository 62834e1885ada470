"""Images by the openai client: generations and edits."""

import base64
import io
from typing import Any

import httpx
import numpy as np
import openai
import PIL.Image
import pytest

from tests.agent.server.conftest import Api, picture, recording

pytestmark = pytest.mark.slow


def pixels_of(b64: str | None) -> PIL.Image.Image:
    assert b64
    return PIL.Image.open(io.BytesIO(base64.b64decode(b64)))


def scene() -> bytes:
    """A blue picture with a red square in the middle."""
    file = io.BytesIO()
    pixels = np.full((64, 64, 3), (30, 60, 200), np.uint8)
    pixels[20:44, 20:44] = (220, 30, 30)
    PIL.Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def mask_of(size: tuple[int, int], transparent: tuple[int, int, int, int]) -> bytes:
    file = io.BytesIO()
    image = PIL.Image.new("RGBA", size, (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), transparent)
    image.save(file, "PNG")
    return file.getvalue()


async def test_images_are_drawn_with_the_seed_that_draws_them_again(
    client: openai.AsyncOpenAI,
) -> None:
    first = await client.images.generate(model="batuta", prompt="a red apple", n=2)
    seed = first.model_dump()["seed"]
    again = await client.images.generate(
        model="batuta", prompt="a red apple", n=2, extra_body={"seed": seed}
    )

    assert first.data is not None
    assert again.data is not None
    assert [image.b64_json for image in first.data] == [image.b64_json for image in again.data]
    assert first.data[0].b64_json != first.data[1].b64_json
    width, height = pixels_of(first.data[0].b64_json).size
    assert first.size == f"{width}x{height}"


async def test_images_are_links_on_request(client: openai.AsyncOpenAI, api: Api) -> None:
    images = await client.images.generate(
        model="batuta", prompt="a red apple", response_format="url"
    )

    assert images.data is not None
    assert images.data[0].url is not None
    async with httpx.AsyncClient() as stranger:
        content = await stranger.get(images.data[0].url)
    assert content.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(("form", "name"), [("jpeg", "JPEG"), ("webp", "WEBP")])
async def test_images_have_the_format_that_is_asked_for(
    client: openai.AsyncOpenAI, form: Any, name: str
) -> None:
    images = await client.images.generate(model="batuta", prompt="a tree", output_format=form)

    assert images.data is not None
    assert pixels_of(images.data[0].b64_json).format == name


async def test_an_edit_of_one_image_is_planned_if_the_profile_has_no_tool_for_it(
    client: openai.AsyncOpenAI,
) -> None:
    images = await client.images.edit(model="batuta", image=scene(), prompt="make it grey")

    assert images.data is not None
    red, green, blue = pixels_of(images.data[0].b64_json).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red == green == blue


async def test_a_mask_is_the_region_to_change(client: openai.AsyncOpenAI) -> None:
    images = await client.images.edit(
        model="batuta",
        image=("scene.png", scene()),
        mask=("mask.png", mask_of((64, 64), (20, 20, 44, 44))),
        prompt="cover it",
    )

    assert images.data is not None
    edited = pixels_of(images.data[0].b64_json).convert("RGB")
    red, green, blue = edited.getpixel((32, 32))  # type: ignore[misc]
    assert green > red
    assert green > blue
    assert edited.getpixel((5, 5)) == (30, 60, 200)


async def test_several_images_are_named_in_order(client: openai.AsyncOpenAI) -> None:
    images = await client.images.edit(
        model="batuta", image=[picture(10), picture(20)], prompt="side by side"
    )

    assert images.data is not None
    joined = pixels_of(images.data[0].b64_json).convert("RGB")
    assert joined.size == (41, 10)
    assert joined.getpixel((5, 5))[0] == 10  # type: ignore[index]
    assert joined.getpixel((35, 5))[0] == 20  # type: ignore[index]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_schema"),
        ({"prompt": ""}, 400, "invalid_schema"),
        ({"prompt": "x" * 4_001}, 400, "invalid_schema"),
        ({"prompt": "x", "n": 9}, 400, "invalid_schema"),
        ({"prompt": "x", "stream": True}, 400, "unsupported_parameter"),
        ({"prompt": "x", "model": "dall-e-3"}, 404, "model_not_found"),
        (
            {"prompt": "x", "response_format": "url", "output_format": "webp"},
            400,
            "unsupported_parameter",
        ),
    ],
)
async def test_bad_generations_are_refused(
    api: Api, body: dict[str, Any], status: int, code: str
) -> None:
    response = await api.client.post("/v1/images/generations", json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert api.service.clients.get("local").runs() == []


@pytest.mark.parametrize(
    ("files", "fields", "code"),
    [
        ({}, {}, "missing_image"),
        ({"image": b""}, {}, "input_error"),
        ({"image": recording()}, {}, "not_an_image"),
        ({"image": b"\x89PNG\r\n\x1a\nbroken"}, {}, "input_error"),
        ({"image": picture(), "mask": picture()}, {}, "invalid_mask"),
        ({"image": picture(), "mask": mask_of((9, 9), (0, 0, 3, 3))}, {}, "invalid_mask"),
        ({"image": picture()}, {"n": "2"}, "unsupported_parameter"),
        ({"image": picture()}, {"n": "many"}, "invalid_schema"),
        ({"image": picture()}, {"prompt": ""}, "invalid_schema"),
        (
            {"image": picture()},
            {"response_format": "url", "output_format": "webp"},
            "unsupported_parameter",
        ),
    ],
)
async def test_bad_edits_are_refused(
    api: Api, files: dict[str, bytes], fields: dict[str, str], code: str
) -> None:
    parts = {name: (f"{name}.png", data) for name, data in files.items()}
    response = await api.client.post(
        "/v1/images/edits", data={"prompt": "make it grey", **fields}, files=parts or {"x": b""}
    )

    assert (response.status_code, response.json()["error"]["code"]) == (400, code), response.text
    assert api.service.clients.get("local").runs() == []


async def test_an_answer_without_an_image_is_an_error(api: Api) -> None:
    response = await api.client.post(
        "/v1/images/edits", data={"prompt": "hello"}, files={"image": ("a.png", picture())}
    )

    assert (response.status_code, response.json()["error"]["code"]) == (422, "no_image")
    assert "Hello!" in response.json()["error"]["message"]
