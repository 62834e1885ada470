"""Videos in the background, by the openai client."""

import asyncio
import io
from typing import Any

import av
import openai
import pytest

from tests.agent.server.conftest import Api, data_uri, recording, serve
from tools.sdk.tool_check import SAMPLES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        # The client warns of the service it was written for.
        "ignore:The Sora API:DeprecationWarning"
    ),
]


def frames_of(data: bytes) -> int:
    with av.open(io.BytesIO(data)) as container:
        return sum(1 for _ in container.decode(video=0))


async def test_a_video_is_made_in_the_background(client: openai.AsyncOpenAI) -> None:
    video = await client.videos.create(
        model="batuta",
        prompt="a red ball moving to the left",
        seconds="1",  # type: ignore[arg-type]
    )
    assert video.status in ("queued", "in_progress")
    assert (video.object, video.seconds, video.prompt) == (
        "video",
        "1",
        "a red ball moving to the left",
    )

    completed = await client.videos.poll(video.id, poll_interval_ms=50)
    content = await client.videos.download_content(video.id)

    assert (completed.status, completed.progress) == ("completed", 100)
    assert completed.completed_at is not None
    assert completed.size == "256x256"
    assert frames_of(content.content) >= 4


async def test_a_picture_is_brought_to_life(client: openai.AsyncOpenAI, api: Api) -> None:
    image = SAMPLES["scene"].read_bytes()
    sent = await client.videos.create_and_poll(
        model="batuta",
        prompt="it moves to the left",
        input_reference=("p.png", image),
        poll_interval_ms=50,
    )
    body = {"prompt": "it moves to the left", "input_reference": {"image_url": data_uri(image)}}
    linked = (await api.client.post("/v1/videos", json=body)).json()
    polled = await client.videos.poll(linked["id"], poll_interval_ms=50)

    assert (sent.error, polled.error) == (None, None)
    assert (sent.status, polled.status) == ("completed", "completed")
    plans = [run["plan"] for run in (await api.client.get("/v1/runs")).json()["data"]]
    assert all(plan.startswith("video = animate(image1, prompt, seconds)") for plan in plans)


async def test_videos_are_listed_and_forgotten(client: openai.AsyncOpenAI) -> None:
    made = [
        await client.videos.create(model="batuta", prompt=f"a ball {number}") for number in range(3)
    ]

    page = await client.videos.list(limit=2)
    everything = [video.id async for video in client.videos.list(limit=1)]
    deleted = await client.videos.delete(made[0].id)

    assert len(page.data) == 2
    assert page.has_more
    assert sorted(everything) == sorted(video.id for video in made)
    assert deleted.deleted
    with pytest.raises(openai.NotFoundError, match="there is no video"):
        await client.videos.retrieve(made[0].id)


async def test_a_video_that_cannot_be_made_says_why(client: openai.AsyncOpenAI) -> None:
    video = await client.videos.create_and_poll(
        model="batuta",
        prompt="a ball",
        seconds="55",  # type: ignore[arg-type]
        poll_interval_ms=50,
    )

    assert video.status == "failed"
    assert video.error is not None
    assert "seconds" in video.error.message
    with pytest.raises(openai.BadRequestError, match="has no content"):
        await client.videos.download_content(video.id)


async def test_a_video_is_finished_after_a_restart(server_home: Any) -> None:
    async with serve(server_home) as api:
        response = await api.client.post("/v1/videos", json={"prompt": "a red ball"})
        video = response.json()["id"]
    async with serve(server_home) as api:
        await api.until_ended(video.removeprefix("video_"))
        for _ in range(100):
            body = (await api.client.get(f"/v1/videos/{video}")).json()
            if body["status"] == "completed":
                break
            await asyncio.sleep(0.05)

    assert body["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_schema"),
        ({"prompt": ""}, 400, "invalid_schema"),
        ({"prompt": "x", "seconds": 0}, 400, "invalid_schema"),
        ({"prompt": "x", "seconds": "long"}, 400, "invalid_schema"),
        ({"prompt": "x", "seconds": True}, 400, "invalid_schema"),
        ({"prompt": "x", "seed": False}, 400, "invalid_schema"),
        ({"prompt": "x", "model": "sora-2"}, 404, "model_not_found"),
        ({"prompt": "x", "input_reference": {"file_id": "f"}}, 400, "invalid_schema"),
        ({"prompt": "x", "input_reference": {"image_url": "http://x/y"}}, 400, "url_not_allowed"),
        (
            {"prompt": "x", "input_reference": {"image_url": data_uri(recording())}},
            400,
            "wrong_media",
        ),
    ],
)
async def test_bad_videos_are_refused(
    api: Api, body: dict[str, Any], status: int, code: str
) -> None:
    response = await api.client.post("/v1/videos", json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert (await api.client.get("/v1/videos")).json()["data"] == []


@pytest.mark.parametrize(
    "video", ["video_none", "none", "video_20261120-051233-7f3a00", "video_.."]
)
async def test_only_own_videos_are_read(api: Api, video: str) -> None:
    response = await api.client.get(f"/v1/videos/{video}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "video_not_found")
