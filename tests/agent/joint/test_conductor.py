from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from agent.joint.attention_view import MediumAttention
from agent.joint.conductor import ConductorResult, conduct
from agent.joint.dialogue import NamedExchange, Part
from agent.joint.joint_model import JointModel
from agent.joint.joint_reply import JointReply
from agent.plan import CallSite
from agent.record.events import (
    AnswerFinished,
    AttentionShown,
    CommandFinished,
    Event,
    PlanAccepted,
    RunFinished,
    UsageReported,
)
from agent.runtime.agent_runtime import AgentRuntime, Settings
from tests.agent.joint.test_joint_model import make_ask_for
from tests.agent.joint.tiny import put_joint
from tools import Audio, Box, Boxes, Embedding, Image
from tools.models.catalogue import Catalogue
from tools.sdk.plan_types import Value

RED, BLUE = (Image(PIL.Image.new("RGB", (4, 4), colour)) for colour in ("red", "blue"))
CATALOGUE = Catalogue.load(Path("/nowhere"))
TOLD = Embedding((0.5,) * 128, "draw/sprites")


class Performed:
    """Performs what it knows an answer to, and calls the other tools; keeps what it was asked."""

    def __init__(self, reply: JointReply, **known: Value) -> None:
        self._known: dict[str, Value] = {"converse": reply.as_values(), **known}
        self.sites: list[CallSite] = []
        self.looked: list[Event] = []
        self.names: dict[str, Value] = {"image1": RED}

    async def __call__(self, site: CallSite) -> Value:
        self.sites.append(site)
        return self._known.get(site.tool.name) or site.tool.function(**site.arguments)

    async def answer(self, request: str, *media: Part) -> ConductorResult:
        dialogue = [NamedExchange(media, request)]
        return await conduct(
            "joint:sprites", dialogue, self, self.looked.append, self.names.get, CATALOGUE
        )

    @property
    def steps(self) -> list[str]:
        return [site.text for site in self.sites]


async def test_a_generator_is_told_vectors_and_no_words() -> None:
    performed = Performed(JointReply("two dogs", {"image": TOLD}, None, 9, 6), draw="a picture")

    answer = await performed.answer("draw two dogs")

    assert (answer.text, answer.values) == ("two dogs", ["a picture"])
    assert [(site.tool.name, site.pin, site.text) for site in performed.sites] == [
        ("converse", "sprites", 'read "draw two dogs", and answer'),
        ("draw", "sprites", "make a picture with draw/sprites from 1 vector"),
    ]
    assert performed.sites[1].arguments == {"conditioning": TOLD}


async def test_a_picture_is_looked_for_in_the_folders_of_the_conversation() -> None:
    sought = Embedding((1.0, 0.0), "classify/sprites")
    places = Embedding((0.0, 1.0, 0.6, 0.8), "classify/sprites", rows=2)
    performed = Performed(JointReply("two dogs", {"image": TOLD}, sought, 9, 6), index=places)

    answer = await performed.answer("find two dogs", Part([RED, BLUE], "images1"))

    assert answer.values == [BLUE]
    assert performed.steps == [
        'read images1, "find two dogs", and answer',
        "index 2 pictures with classify/sprites",
        "find the picture nearest to the request among 2",
    ]


async def test_without_a_folder_a_picture_is_made_that_would_rather_be_found() -> None:
    sought = Embedding((1.0, 0.0), "classify/sprites")
    performed = Performed(JointReply("two dogs", {"image": TOLD}, sought, 9, 6), draw="a picture")

    await performed.answer("find two dogs")

    assert [site.tool.name for site in performed.sites] == ["converse", "draw"]


async def test_what_was_looked_at_is_told_and_shown_in_the_picture() -> None:
    looks = (
        MediumAttention(0.5, Boxes((Box(0, 0, 50, 50, "dog", 0.375),))),
        MediumAttention(0.125, Boxes(())),
    )
    performed = Performed(JointReply("two", attention=looks))
    heard = Audio(np.zeros(8, dtype=np.float32), 8)

    await performed.answer("how many dogs?", Part(RED, "image1"), Part(heard, "audio1"))

    (looked,) = performed.looked
    assert isinstance(looked, AttentionShown)
    assert looked.shares == {"image1": 0.5, "audio1": 0.125, "words": 0.375}
    assert looked.objects == {"image1": {"dog": 0.375}}
    assert looked.description == "looked at image1 50 % (dog 38 %), audio1 12 %, words 38 %"
    assert performed.steps[1:] == ["show where it looked in image1"]


async def test_of_words_alone_nobody_is_told_what_was_looked_at() -> None:
    performed = Performed(JointReply("two"))

    await performed.answer("one and one?")

    assert performed.looked == []


async def test_an_answer_that_is_a_box_is_shown_in_the_picture() -> None:
    look = MediumAttention(0.5, Boxes((Box(0, 0, 50, 50),)))
    performed = Performed(JointReply("[25, 25, 75, 100]", attention=(look,)))

    answer = await performed.answer("mark the dog", Part(RED, "image1"))

    shown, box = answer.values
    assert box == Box(1, 1, 3, 4)
    assert isinstance(shown, Image) and (shown.width, shown.height) == (4, 4)
    assert performed.steps[-1] == "draw_boxes(image1, [25, 25, 75, 100])"


async def test_a_sum_is_added_up_and_not_read() -> None:
    reply = JointReply("a dog + a house", {"image": TOLD}).as_values()
    performed = Performed(JointReply(""), add=reply, draw="a picture")

    answer = await performed.answer('image1 + "a house"')

    assert answer.values == ["a picture"]
    assert performed.sites[0].arguments == {"signs": [1, 1], "values": [RED, "a house"]}
    assert performed.steps[0] == 'add up image1 + "a house"'


@asynccontextmanager
async def joint_agent(home: Path, mind: JointModel) -> AsyncIterator[AgentRuntime]:
    put_joint(home, mind)
    async with AgentRuntime.open(Settings(language_model="joint:tiny")) as agent:
        yield agent


async def followed(
    agent: AgentRuntime, request: str, files: list[Path], **options: str
) -> list[Event]:
    async with aclosing(agent.run(request, files, **options)) as events:  # type: ignore[arg-type]
        return [event async for event in events]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    PIL.Image.new("RGB", (64, 64), "red").save(path)
    return path


async def test_a_joint_model_answers_without_a_plan(home: Path, mind: JointModel) -> None:
    make_ask_for(mind, "image")
    async with joint_agent(home, mind) as agent:
        events = await followed(agent, "draw two dogs", [])

        (answered,) = [event for event in events if isinstance(event, AnswerFinished)]
        drawn = agent.session.store.find(answered.results[0].value["artifact"])  # type: ignore

    tools = [event.tool for event in events if isinstance(event, CommandFinished)]
    assert tools == ["converse", "draw"]
    assert not [event for event in events if isinstance(event, PlanAccepted)]
    assert [result.name for result in answered.results] == ["image1"]
    assert isinstance(events[-1], RunFinished) and events[-1].state == "done"
    (spent,) = [event for event in events if isinstance(event, UsageReported)]
    assert (spent.input_tokens, spent.output_tokens) == (4, 4)
    assert drawn and drawn.lineage
    assert (drawn.lineage.tool, drawn.lineage.model) == ("draw", "draw/sprites")
    assert drawn.lineage.arguments["conditioning"]["kind"] == "embedding"  # type: ignore[index]


async def test_what_was_drawn_can_be_a_term_of_a_sum(home: Path, mind: JointModel) -> None:
    make_ask_for(mind, "image")
    async with joint_agent(home, mind) as agent:
        first = await followed(agent, "draw two dogs", [])
        talk = first[0].conversation  # type: ignore[attr-defined]
        events = await followed(agent, 'image1 + "a cat"', [], conversation=talk)

    tools = [event.tool for event in events if isinstance(event, CommandFinished)]
    assert tools == ["add", "draw"]
    (answered,) = [event for event in events if isinstance(event, AnswerFinished)]
    assert [result.name for result in answered.results] == ["image2"]


async def test_what_was_told_knows_which_joint_model_thought_it(
    home: Path, mind: JointModel
) -> None:
    make_ask_for(mind, "image")
    async with joint_agent(home, mind) as agent:
        events = await followed(agent, "draw two dogs", [])
        first = next(event for event in events if isinstance(event, CommandFinished))
        told = agent.session.store.find(first.value[-1][1]["artifact"])  # type: ignore[index]

    assert told and told.lineage
    assert (told.lineage.tool, told.lineage.model) == ("converse", "joint/tiny")


async def test_later_requests_of_a_conversation_remember_its_media(
    home: Path, mind: JointModel, picture: Path
) -> None:
    async with joint_agent(home, mind) as agent:
        first = await followed(agent, "how many dogs", [picture])
        second = await followed(agent, "two cats", [], conversation=first[0].conversation)  # type: ignore

    read = [
        next(event for event in events if isinstance(event, UsageReported)).input_tokens
        for events in (first, second)
    ]
    assert read[0] == 16 + 3 + 1
    assert read[1] > 16 + 4 + 3


async def test_the_same_request_is_known_the_second_time(home: Path, mind: JointModel) -> None:
    make_ask_for(mind, "image")
    async with joint_agent(home, mind) as agent:
        await followed(agent, "draw two dogs", [])
        events = await followed(agent, "draw two dogs", [])

    assert [event.cached for event in events if isinstance(event, CommandFinished)] == [True, True]


async def test_a_written_plan_still_runs_as_a_plan(
    home: Path, mind: JointModel, picture: Path
) -> None:
    async with joint_agent(home, mind) as agent:
        events = await followed(agent, "go", [picture], plan='say("{image1}")')

    assert [event for event in events if isinstance(event, PlanAccepted)]


def test_an_embedding_is_kept_with_its_rows() -> None:
    rows = Embedding((1.0, 2.0, 3.0, 4.0), "draw/sprites", rows=2)

    assert Embedding.decode(rows.encode()) == rows
    assert rows.describe() == "an embedding of 2 × 2 for draw/sprites"
