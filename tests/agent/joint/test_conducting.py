from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import PIL.Image
import pytest

from agent.agent import Agent, Settings
from agent.events import Answered, CommandFinished, Event, PlanAccepted, RunFinished, Spent
from agent.joint.conducting import conduct
from agent.joint.mind import JointMind
from agent.joint.reply import Reply
from agent.plan import CallSite
from tests.agent.joint.test_mind import make_ask_for
from tests.agent.joint.tiny import put_joint
from tools import Embedding, Image
from tools.types import Value

RED, BLUE = (Image(PIL.Image.new("RGB", (4, 4), colour)) for colour in ("red", "blue"))
TOLD = Embedding((0.5,) * 128, "draw/sprites")


async def test_a_generator_is_told_vectors_and_no_words() -> None:
    sites: list[CallSite] = []

    async def perform(site: CallSite) -> Value:
        sites.append(site)
        reply = Reply("two dogs", {"image": TOLD}, None, 9, 6)
        return reply.as_values() if site.tool.name == "converse" else "a picture"

    answer = await conduct("joint:sprites", ["draw two dogs"], [], perform)

    assert (answer.text, answer.made) == ("two dogs", {"image": "a picture"})
    assert [(site.tool.name, site.pin, site.text) for site in sites] == [
        ("converse", "sprites", 'converse("draw two dogs")'),
        ("draw", "sprites", "draw(<image_0> … as 1 vectors)"),
    ]
    assert sites[1].arguments == {"told": TOLD}


async def test_a_picture_is_looked_for_in_the_folders_of_the_conversation() -> None:
    sites: list[CallSite] = []
    sought = Embedding((1.0, 0.0), "classify/sprites")
    places = Embedding((0.0, 1.0, 0.6, 0.8), "classify/sprites", rows=2)

    async def perform(site: CallSite) -> Value:
        sites.append(site)
        replies: dict[str, Value] = {
            "converse": Reply("two dogs", {"image": TOLD}, sought, 9, 6).as_values(),
            "index": places,
        }
        return replies.get(site.tool.name) or await called(site)

    answer = await conduct("joint:sprites", [[RED, BLUE], "find two dogs"], ["images1"], perform)

    assert answer.made == {"image": BLUE}
    assert [site.text for site in sites] == [
        'converse(images1, "find two dogs")',
        "index(2 pictures)",
        "find(<image_0> … among 2 pictures)",
    ]


async def test_without_a_folder_a_picture_is_made_that_would_rather_be_found() -> None:
    tools: list[str] = []
    sought = Embedding((1.0, 0.0), "classify/sprites")

    async def perform(site: CallSite) -> Value:
        tools.append(site.tool.name)
        reply = Reply("two dogs", {"image": TOLD}, sought, 9, 6)
        return reply.as_values() if site.tool.name == "converse" else "a picture"

    await conduct("joint:sprites", ["find two dogs"], [], perform)

    assert tools == ["converse", "draw"]


async def called(site: CallSite) -> Value:
    return site.tool.function(**site.arguments)


@asynccontextmanager
async def joint_agent(home: Path, mind: JointMind) -> AsyncIterator[Agent]:
    put_joint(home, mind)
    async with Agent.open(Settings(language_model="joint:tiny")) as agent:
        yield agent


async def followed(agent: Agent, request: str, files: list[Path], **options: str) -> list[Event]:
    async with aclosing(agent.run(request, files, **options)) as events:  # type: ignore[arg-type]
        return [event async for event in events]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    PIL.Image.new("RGB", (64, 64), "red").save(path)
    return path


async def test_a_joint_model_answers_without_a_plan(home: Path, mind: JointMind) -> None:
    make_ask_for(mind, "image")
    async with joint_agent(home, mind) as agent:
        events = await followed(agent, "draw two dogs", [])

        (answered,) = [event for event in events if isinstance(event, Answered)]
        drawn = agent.orchestra.store.find(answered.results[0].value["artifact"])  # type: ignore

    tools = [event.tool for event in events if isinstance(event, CommandFinished)]
    assert tools == ["converse", "draw"]
    assert not [event for event in events if isinstance(event, PlanAccepted)]
    assert [result.name for result in answered.results] == ["image1"]
    assert isinstance(events[-1], RunFinished) and events[-1].state == "done"
    (spent,) = [event for event in events if isinstance(event, Spent)]
    assert (spent.input_tokens, spent.output_tokens) == (4, 4)
    assert drawn and drawn.lineage
    assert (drawn.lineage.tool, drawn.lineage.model) == ("draw", "draw/sprites")
    assert drawn.lineage.arguments["told"]["kind"] == "embedding"  # type: ignore[index]


async def test_what_was_told_knows_which_joint_model_thought_it(
    home: Path, mind: JointMind
) -> None:
    make_ask_for(mind, "image")
    async with joint_agent(home, mind) as agent:
        events = await followed(agent, "draw two dogs", [])
        first = next(event for event in events if isinstance(event, CommandFinished))
        told = agent.orchestra.store.find(first.value[-1]["artifact"])  # type: ignore[index]

    assert told and told.lineage
    assert (told.lineage.tool, told.lineage.model) == ("converse", "joint/tiny")


async def test_later_requests_of_a_conversation_remember_its_media(
    home: Path, mind: JointMind, picture: Path
) -> None:
    async with joint_agent(home, mind) as agent:
        first = await followed(agent, "how many dogs", [picture])
        second = await followed(agent, "two cats", [], conversation=first[0].conversation)  # type: ignore

    read = [
        next(event for event in events if isinstance(event, Spent)).input_tokens
        for events in (first, second)
    ]
    assert read[0] == 16 + 3 + 1
    assert read[1] > 16 + 4 + 3


async def test_the_same_request_is_known_the_second_time(home: Path, mind: JointMind) -> None:
    make_ask_for(mind, "image")
    async with joint_agent(home, mind) as agent:
        await followed(agent, "draw two dogs", [])
        events = await followed(agent, "draw two dogs", [])

    assert [event.cached for event in events if isinstance(event, CommandFinished)] == [True, True]


async def test_a_written_plan_still_runs_as_a_plan(
    home: Path, mind: JointMind, picture: Path
) -> None:
    async with joint_agent(home, mind) as agent:
        events = await followed(agent, "go", [picture], plan='say("{image1}")')

    assert [event for event in events if isinstance(event, PlanAccepted)]


def test_an_embedding_is_kept_with_its_rows() -> None:
    rows = Embedding((1.0, 2.0, 3.0, 4.0), "draw/sprites", rows=2)

    assert Embedding.decode(rows.encode()) == rows
    assert rows.describe() == "an embedding of 2 × 2 for draw/sprites"
