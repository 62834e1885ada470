"""Models that run elsewhere, with Batuta's own server as the other side."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from agent.record.events import Event, ModelChosen, ReviewAsked
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings
from agent.server.access.api_keys import add_key, read_keys
from tests.agent.server.conftest import REPLIES, Api, base64_of, picture, recording, serve
from tests.requirements import require_weights
from tools.home import home
from tools.media import Audio, Image, Video
from tools.media.open_untrusted import open_media
from tools.models.catalogue import Catalogue
from tools.models.residency.card_loader import open_model
from tools.sdk.tool_check import SAMPLES

pytestmark = pytest.mark.slow

WEIGHTS = home() / "weights"
PLANS = f"""{REPLIES}---
when: Describe this picture
value = redness(image1, ms=1)
say("Its red is {{value}}.")
---
when: how many cups
value = redness(image1, ms=1)
say("{{value}}")
"""
ADAPTERS = {
    "images": ("endpoint_images:EndpointImages", ["draw", "edit"]),
    "vision": ("endpoint_vision:EndpointVision", ["caption", "ask_image"]),
    "speech": ("endpoint_audio:EndpointSpeech", ["speak"]),
    "transcriber": ("endpoint_audio:EndpointTranscriber", ["transcribe"]),
    "matcher": ("endpoint_embeddings:EndpointMatcher", ["classify", "search_images"]),
    "videos": ("endpoint_videos:EndpointVideos", ["make_video"]),
}
CARD = """
[[model]]
id = "far/{name}"
tools = {tools}
adapter = "tools.adapters.endpoint.{adapter}"
licence = "proprietary"
commercial_use = true
quality = 1
quality_source = "not compared"
limitations = "work without the network"
{settings}

[model.endpoint]
url = "{url}/v1"
model = "batuta"
key_variable = "FAR_KEY"
price_usd = 0.04
{fields}
"""
PROFILE = """
summary = "for this test"
language_model = "local:planner-0.5b"

[models]
language_model = ["llm/planner-0.5b"]
"""


@pytest.fixture
async def far(server_home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Api]:
    """The server that is called, which needs a key."""
    monkeypatch.setenv("FAR_KEY", add_key(server_home / "keys", "near"))
    async with serve(server_home, keys=read_keys(None), plans=PLANS) as api:
        yield api


@pytest.fixture
def scene() -> Image:
    opened = open_media(SAMPLES["scene"])
    assert isinstance(opened, Image)
    return opened


@pytest.fixture
def speech() -> Audio:
    opened = open_media(SAMPLES["speech"])
    assert isinstance(opened, Audio)
    return opened


@pytest.fixture
def near(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of the agent that calls."""
    return tmp_path_factory.mktemp("near")


def write_cards(
    near: Path, url: str, fields: str = "trusted = true", fallbacks: Sequence[str] = ()
) -> None:
    """Write cards of all adapters, and a profile that names them; `fallbacks` draw as well."""
    cards = [
        CARD.format(
            name=name,
            tools=str(tools).replace("'", '"'),
            adapter=adapter,
            url=url,
            fields=fields,
            settings='settings = { seed = "seed" }' if name == "images" else "",
        )
        for name, (adapter, tools) in ADAPTERS.items()
    ]
    lines = [
        f"{tool} = {[f'far/{name}', *(fallbacks if tool == 'draw' else ())]}"
        for name, (_, tools) in ADAPTERS.items()
        for tool in tools
    ]
    for folder, text in {
        "catalogue": "".join(cards),
        "profiles": PROFILE + "\n".join(lines),
    }.items():
        (near / folder).mkdir(exist_ok=True)
        (near / folder / "far.toml").write_text(text.replace("'", '"'))


async def run(near: Path, plan: str, *files: Any, decision: str = "") -> list[Event]:
    """The events of a plan, and of the decision on it."""
    async with AgentRuntime.open(Settings(profile="far", home=near)) as agent:
        events = [event async for event in agent.run("go", files, plan=plan)]
        if decision:
            run_id = RunOutcome.of(events).run
            events += [event async for event in agent.resume(run_id, Decision(decision))]
        return events


async def result_of(near: Path, plan: str, *files: Any) -> Any:
    """The value of `result` in a plan that is done."""
    async with AgentRuntime.open(Settings(profile="far", home=near)) as agent:
        outcome = RunOutcome()
        async for event in agent.run("go", files, plan=plan):
            outcome.update(event)
        assert outcome.state == "done", outcome.error
        names = await agent.conversation_names(outcome.conversation)
        return agent.session.store.decode(names["result"])


def runs_of(far: Api) -> list[str]:
    return far.service.clients.get("key near").runs()


async def test_a_picture_is_drawn_and_edited_there(far: Api, near: Path) -> None:
    write_cards(near, far.url)

    drawn = await result_of(near, 'result = draw("a red apple")')
    again = await result_of(near, 'result = draw("a red apple")')
    plan = 'result = edit(image1, "make it grey")'
    edited = await result_of(near, plan, Image.decode(picture(200, (40, 30))))

    assert isinstance(drawn, Image)
    assert isinstance(edited, Image)
    assert drawn.width >= 64
    assert np.array_equal(drawn.array(), again.array())
    assert edited.size == (40, 30)
    red, green, blue = edited.array()[0, 0]
    assert red == green == blue
    assert len(runs_of(far)) == 2  # the second picture came from the cache


async def test_a_picture_is_described_and_asked_about_there(far: Api, near: Path) -> None:
    write_cards(near, far.url)
    image = Image.decode(picture())

    caption = await result_of(near, "result = caption(image1)", image)
    answer = await result_of(near, 'result = ask_image(image1, "how many cups?")', image)

    assert re.fullmatch(r"Its red is (19|20)\d\.", caption)
    assert int(answer) == pytest.approx(200, abs=5)


async def test_a_text_is_spoken_there(far: Api, near: Path) -> None:
    write_cards(near, far.url)

    spoken = await result_of(near, 'result = speak("Good morning.")')

    assert isinstance(spoken, Audio)
    assert spoken.seconds > 0.3


@pytest.mark.real
async def test_a_sound_is_written_down_there(
    far: Api, near: Path, server_home: Path, speech: Audio
) -> None:
    (server_home / "weights").symlink_to(WEIGHTS)
    require_weights("transcribe/whisper-tiny-en")
    write_cards(near, far.url)

    assert "concert" in await result_of(near, "result = transcribe(audio1)", speech)


async def test_pictures_and_texts_are_compared_there(far: Api, near: Path, scene: Image) -> None:
    write_cards(near, far.url)
    catalogue = Catalogue.load(near)
    there = open_model(catalogue["far/matcher"])
    here = open_model(catalogue["classify/sprites"])
    texts = ["an apple", "a dog on a blue background", "a house"]
    images = [scene, Image.decode(picture())]

    scores = await asyncio.to_thread(there.similarities, images, texts)

    assert scores == pytest.approx(here.similarities(images, texts), abs=0.05)


async def test_a_video_is_made_there(far: Api, near: Path) -> None:
    write_cards(near, far.url)

    video = await result_of(near, 'result = make_video("a red ball moving to the left", 1.0)')

    assert isinstance(video, Video)
    assert (video.width, video.height) == (256, 256)


async def test_nothing_is_sent_before_the_plan_is_approved(far: Api, near: Path) -> None:
    write_cards(near, far.url, fields="")
    plan = "result = caption(image1)"
    image = Image.decode(picture())

    waiting = await run(near, plan, image)
    assert runs_of(far) == []
    done = await run(near, plan, image, decision="approve")
    refused = await run(near, plan, image, decision="refuse")

    [review] = [event for event in waiting if isinstance(event, ReviewAsked)]
    host = far.url.removeprefix("http://")
    assert review.estimate is not None
    assert review.estimate.reasons == [
        f"it may send its inputs to {host} in one call of far/vision, for about 0.04 USD"
    ]
    assert RunOutcome.of(waiting).state == "waiting"
    assert RunOutcome.of(done).state == "done"
    assert RunOutcome.of(refused).state == "failed"
    assert len(runs_of(far)) == 1


async def test_a_wrong_key_is_an_error_and_the_next_model_is_used(
    far: Api, near: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cards(near, far.url)
    monkeypatch.setenv("FAR_KEY", "batuta_wrong")
    failed = await run(near, 'result = draw("a red apple")')
    monkeypatch.delenv("FAR_KEY")
    unset = await run(near, 'result = draw("a red apple")')
    write_cards(near, far.url, fallbacks=("draw/sprites",))
    second = await run(near, 'result = draw("a red apple")')

    error = RunOutcome.of(failed).error
    assert "with 401: a valid key is needed" in error
    assert "hint: set the environment variable FAR_KEY to a valid key" in error
    assert "needs a key, and FAR_KEY is not set" in RunOutcome.of(unset).error
    assert RunOutcome.of(second).state == "done"
    chosen_models = [event.model for event in second if isinstance(event, ModelChosen)]
    assert chosen_models == ["far/images", "draw/sprites"]


async def test_a_refused_request_and_a_missing_model_are_clear_errors(far: Api, near: Path) -> None:
    write_cards(near, far.url, fields="trusted = true\nparameters = { n = 99 }")
    refused = RunOutcome.of(await run(near, 'result = draw("x")')).error
    write_cards(near, f"{far.url}/nowhere")
    missing = RunOutcome.of(await run(near, 'result = draw("x")')).error

    assert "with 400: the request does not match the schema: body.n" in refused
    assert "with 404" in missing
    assert "check `url` and `model` in the card" in missing


async def test_a_route_of_one_tool_asks_for_approval(
    far: Api, near: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cards(near, far.url, fields="")
    monkeypatch.setenv("BATUTA_HOME", str(near))
    async with serve(near, profile="far", plans=PLANS) as api:
        drawn = await api.client.post("/v1/images/generations", json={"prompt": "a red apple"})
        embedded = await api.client.post("/v1/embeddings", json={"input": ["x"]})
        [run_id] = api.service.clients.get("local").runs()
        assert runs_of(far) == []
        approved = await api.client.post(f"/v1/runs/{run_id}/approve")
        await api.service.wait(run_id)
        done = (await api.client.get(f"/v1/runs/{run_id}")).json()

    for response in (drawn, embedded):
        assert (response.status_code, error_code(response)) == (409, "approval_needed")
    assert approved.status_code == 200
    assert done["state"] == "done"
    assert done["results"][0]["artifacts"]


def error_code(response: httpx.Response) -> str:
    return response.json()["error"]["code"]


async def test_the_server_embeds_pictures_beside_texts(api: Api) -> None:
    image = {"image": base64_of(picture())}
    both = await api.client.post("/v1/embeddings", json={"input": ["a dog", image, "a cat"]})
    sound = await api.client.post(
        "/v1/embeddings", json={"input": [{"image": base64_of(recording())}]}
    )
    odd = await api.client.post("/v1/embeddings", json={"input": [{"picture": "x"}]})

    vectors = [item["embedding"] for item in both.json()["data"]]
    assert [len(vector) for vector in vectors] == [192, 192, 192]
    assert np.linalg.norm(vectors[1]) == pytest.approx(1, abs=1e-3)
    assert (sound.status_code, error_code(sound)) == (400, "wrong_media")
    assert (odd.status_code, error_code(odd)) == (400, "invalid_schema")
