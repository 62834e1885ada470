import asyncio
from pathlib import Path

import PIL.Image
import pytest

from agent.record.artifacts import references
from agent.web.uploads import UploadLimits
from agent.web.view.plan_lines import CommandStatus
from tests.agent.web.conftest import House, open_chat
from tools.errors import InputError


def picture(folder: Path, name: str = "photo.png") -> str:
    path = folder / name
    PIL.Image.new("RGB", (40, 30), "navy").save(path)
    return str(path)


async def test_a_request_is_answered(house: House) -> None:
    ann = house.visitor()

    view = await house.ask(ann, "both of them")

    assert (view.state, view.answer) == ("done", "one and two")
    assert [line.status for line in view.lines()] == [
        CommandStatus.FINISHED,
        CommandStatus.FINISHED,
    ]
    assert ann.conversation.title == "both of them"


async def test_a_second_request_has_to_wait_for_the_first(house: House) -> None:
    ann = house.visitor()
    await house.chat.ask(ann, "slow one")

    with pytest.raises(InputError, match="last request is still running"):
        await house.chat.ask(ann, "hello")


async def test_stop_ends_a_run_and_only_what_is_left_runs_later(house: House) -> None:
    ann = house.visitor()
    await house.chat.ask(ann, "slow one")
    await house.until_working(ann)

    await house.chat.stop(ann)

    view = house.view(ann)
    assert view.state == "stopped"
    assert [line.status for line in view.lines()] == [CommandStatus.SKIPPED]


async def test_leaving_out_a_line_runs_nothing_again_that_is_as_it_was(house: House) -> None:
    ann = house.visitor()
    await house.ask(ann, "both of them")
    (run,) = ann.conversation.runs

    await house.chat.run_without(ann, run, ["2"])
    view = await house.until(ann, "done")

    assert view.answer == "one and"
    assert ann.conversation.runs == [view.id]
    assert sorted(house.log()) == ["begin one", "begin two", "end one", "end two"]


async def test_an_edited_plan_takes_the_place_of_the_first(house: House) -> None:
    ann = house.visitor()
    await house.ask(ann, "both of them")

    plan = 'first = echo("one", ms=1)\nsay("only {first}")'
    await house.chat.run_again(ann, ann.conversation.runs[0], plan=plan)

    assert (await house.until(ann, "done")).answer == "only one"
    assert len(ann.conversation.runs) == 1


async def test_an_edited_plan_that_is_wrong_says_what_is_wrong_and_can_be_edited(
    house: House,
) -> None:
    ann = house.visitor()
    await house.ask(ann, "both of them")

    await house.chat.run_again(ann, ann.conversation.runs[0], plan="x = nothing(1)")

    view = await house.until(ann, "failed")
    assert "nothing" in view.error
    assert view.plan == "x = nothing(1)"


async def test_an_edited_plan_that_is_costly_asks_as_well(house: House, tmp_path: Path) -> None:
    careful = House(open_chat(tmp_path, ask_seconds=0.2), tmp_path)
    ann = careful.visitor()
    run = (await careful.ask(ann, "short one")).id  # how long it takes is not known yet

    await careful.chat.run_again(ann, run, plan='late = echo("later", ms=1)\nsay("{late}")')
    state = (await careful.until(ann, "waiting", "done")).state
    await careful.chat.close()

    assert state == "waiting"
    assert careful.log() == ["begin soon", "end soon"]


async def test_another_seed_gives_another_result(house: House) -> None:
    ann = house.visitor()
    first = await house.ask(ann, "lots")

    await house.chat.retry_with_seed(ann, first.id, "1")
    second = await house.until(ann, "done")

    assert first.answer == "0"
    assert f"seed={second.answer}" in second.plan


async def test_undo_takes_a_turn_back(house: House) -> None:
    ann = house.visitor()
    await house.ask(ann, "hello")
    second = await house.ask(ann, "both of them")

    await house.chat.undo(ann, second.id)

    assert len(ann.conversation.runs) == 1
    assert (await house.ask(ann, "both of them")).answer == "one and two"


async def test_asked_first_a_plan_waits_and_runs_without_the_lines_switched_off(
    house: House,
) -> None:
    ann = house.visitor()
    ann.visitor.save_choices(ann.visitor.choices().model_copy(update={"ask_first": True}))
    waiting = await house.ask(ann, "both of them")
    assert waiting.state == "waiting"
    assert waiting.estimate
    assert house.log() == []

    await house.chat.decide(ann, waiting.id, "approve", leave_out=["1"])

    assert (await house.until(ann, "done")).answer == "and two"
    assert house.log() == ["begin two", "end two"]


async def test_a_refused_plan_does_not_run(house: House) -> None:
    ann = house.visitor()
    ann.visitor.save_choices(ann.visitor.choices().model_copy(update={"ask_first": True}))
    waiting = await house.ask(ann, "both of them")

    await house.chat.decide(ann, waiting.id, "refuse")

    assert "refused" in (await house.until(ann, "failed")).error
    assert house.log() == []


async def test_a_wrong_plan_at_the_review_is_told_and_can_be_given_again(house: House) -> None:
    ann = house.visitor()
    ann.visitor.save_choices(ann.visitor.choices().model_copy(update={"ask_first": True}))
    waiting = await house.ask(ann, "both of them")

    await house.chat.decide(ann, waiting.id, "approve", plan="x = nothing(1)")
    await house.until(ann, "waiting")

    (turn,) = await house.chat.turns(ann)
    assert "nothing" in turn.job_error
    await house.chat.decide(ann, waiting.id, "approve", plan='say("fine")')
    view = await house.until(ann, "done")
    assert (view.answer, view.plan) == ("fine", 'say("fine")\n')


async def test_two_visitors_see_nothing_of_each_other(house: House) -> None:
    ann, bob = house.visitor("ann"), house.visitor("bob")
    await asyncio.gather(house.ask(ann, "paint"), house.ask(bob, "both of them"))
    view = house.view(ann)
    (digest,) = references(view.results[0].value)
    owns, talk = house.chat.owns, ann.conversation.id

    assert owns(ann.visitor, talk, digest)
    assert not owns(bob.visitor, talk, digest)
    assert not owns(bob.visitor, bob.conversation.id, digest)
    assert bob.visitor.conversation(talk) is None
    assert house.chat.open(bob.visitor, talk).conversation.id == bob.conversation.id
    for wish in (house.chat.undo(bob, view.id), house.chat.resume(bob, view.id)):
        with pytest.raises(InputError, match="not part of the conversation"):
            await wish


async def test_a_run_goes_on_when_its_page_is_closed_and_opened_again(house: House) -> None:
    await house.chat.ask(house.visitor(), "short one")

    again = house.visitor()

    assert (await house.until(again, "done")).answer == "soon"


async def test_a_restart_picks_up_what_was_running(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = house.visitor()
    await house.chat.ask(ann, "short one")
    await house.until_working(ann)
    await house.chat.close()

    later = House(open_chat(house.home), house.home)
    await later.chat.start()
    view = await later.until(later.visitor(), "done")
    await later.chat.close()

    assert view.answer == "soon"


async def test_a_restart_leaves_alone_what_a_person_stopped(house: House) -> None:
    ann = house.visitor()
    await house.chat.ask(ann, "slow one")
    await house.until_working(ann)
    await house.chat.stop(ann)
    await house.chat.close()

    later = House(open_chat(house.home), house.home)
    await later.chat.start()
    again = later.visitor()
    assert not later.chat.is_busy(again.conversation)
    assert later.view(again).state == "stopped"
    await later.chat.close()


async def test_more_runs_than_places_wait_in_line(house: House, tmp_path: Path) -> None:
    chat = open_chat(tmp_path, at_once=1)
    narrow = House(chat, tmp_path)
    ann, bob, eve = (narrow.visitor(name) for name in ("ann", "bob", "eve"))
    await chat.ask(ann, "slow one")
    await narrow.until_working(ann)
    await chat.ask(bob, "hello")
    await chat.ask(eve, "hello")
    await asyncio.sleep(0.01)

    places = [(await chat.turns(tab))[0].queue_position for tab in (ann, bob, eve)]
    await chat.stop(ann)
    answers = [(await narrow.until(tab, "done")).answer for tab in (bob, eve)]
    await chat.close()

    assert places == [0, 1, 2]
    assert answers == ["Hello!", "Hello!"]


async def test_a_marked_box_is_a_region_of_the_request(house: House, tmp_path: Path) -> None:
    ann = house.visitor()
    agent = await house.chat.agent_of(ann.visitor)
    await ann.set_files([picture(tmp_path)], agent, UploadLimits())
    (pending,) = ann.pending
    (digest,) = references(pending.value)
    assert house.chat.may_see(ann, digest)

    drawn = {"shape": "box", "strokes": [[[30, 5], [10, 25]]]}
    mark = ann.add_mark(drawn, digest, pending.name, agent)
    view = await house.ask(ann, "the part")

    assert (pending.name, mark.name) == ("image1", "region1")
    assert view.request == "the part (region1 is a marked box in image1)"
    (result,) = view.results
    store = agent.session.store
    assert store.get(*references(result.value)).describe() == "a picture of 20×20 pixels"
    assert ann.pending == []
    assert ann.marks == []


async def test_files_that_cannot_be_used_are_refused_with_a_sentence_each(
    house: House, tmp_path: Path
) -> None:
    ann = house.visitor()
    agent = await house.chat.agent_of(ann.visitor)
    (tmp_path / "fake.png").write_text("no picture")
    limits = UploadLimits(count=1)

    paths = [picture(tmp_path), str(tmp_path / "fake.png"), picture(tmp_path, "more.png")]
    await ann.set_files(paths, agent, limits)

    assert [each.display_name for each in ann.pending] == ["photo.png"]
    assert len(ann.refusals) == 2
    assert all(why.endswith(".") for why in ann.refusals.values())


async def test_a_request_that_is_too_long_is_refused(house: House) -> None:
    with pytest.raises(InputError, match="5,000 characters; 4,000 are allowed"):
        await house.chat.ask(house.visitor(), "x" * 5000)


async def test_a_vote_is_kept_with_its_run(house: House) -> None:
    ann = house.visitor()
    view = await house.ask(ann, "hello")

    house.chat.vote(ann, view.id, False, "too short")

    (vote,) = house.chat.votes.all()
    assert (vote.run, vote.up, vote.reason) == (view.id, False, "too short")


async def test_a_forgotten_conversation_is_gone_from_the_list(house: House) -> None:
    ann = house.visitor()
    await house.ask(ann, "hello")
    first = ann.conversation.id
    house.chat.new(ann)
    await house.ask(ann, "paint")

    await house.chat.forget(ann, first)

    assert [each.title for each in ann.visitor.conversations()] == ["paint"]
