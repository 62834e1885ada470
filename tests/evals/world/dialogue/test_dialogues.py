import re

import pytest

from evals.world import Film, Scene, Sound
from evals.world.audio.sound_content import SoundContent
from evals.world.dialogue.dialogues import (
    DIALOGUE_BUILDERS,
    Dialogue,
    format_percent_box,
    make_dialogue,
    plain_answer,
    plain_sound_answer,
)
from evals.world.images.scene_claims import read_sentence
from evals.world.images.scene_content import HELD_OUT
from evals.world.images.scenes import make_scene
from evals.world.splits import split_of

SOME = range(12)


def some(kind: str) -> list[Dialogue]:
    return [make_dialogue(kind, "train", 0, number) for number in SOME]


@pytest.mark.parametrize("kind", DIALOGUE_BUILDERS)
def test_the_same_arguments_give_the_same_dialogue(kind: str) -> None:
    first, again = (make_dialogue(kind, "test", 1, 5) for _ in range(2))

    assert [each.request for each in first.exchanges] == [each.request for each in again.exchanges]
    assert [each.answer for each in first.exchanges] == [each.answer for each in again.exchanges]


@pytest.mark.parametrize("kind", ["draw", "sum", "subtract", "again", "fewer", "next", "heard"])
def test_what_is_to_be_drawn_shows_what_the_answer_says(kind: str) -> None:
    for dialogue in some(kind):
        assert isinstance(dialogue.output, Scene)
        claims = read_sentence(dialogue.exchanges[-1].answer)
        assert claims.counts == dialogue.output.counts
        assert claims.relations <= read_sentence(dialogue.output.caption).relations


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("kind", ["draw", "sum", "again", "fewer", "next"])
def test_what_is_to_be_drawn_belongs_to_the_split(kind: str, split: str) -> None:
    for number in SOME:
        made = make_dialogue(kind, split, 0, number).output  # type: ignore[arg-type]
        assert isinstance(made, Scene)
        assert split_of(made.content.pairs, HELD_OUT) == split


def test_a_subtraction_comes_out_as_its_answer_says() -> None:
    told = make_dialogue("subtract", "train", seed=0, number=1)

    assert told.exchanges[0].request == "of 8 burgers 3 went away: paint the others"
    assert told.exchanges[0].answer == "five burgers"
    assert told.output and told.output.caption == "five burgers on a black background"


def test_the_same_with_fewer_changes_one_number_and_nothing_else() -> None:
    for dialogue in some("fewer"):
        (given,) = dialogue.exchanges[0].inputs
        assert isinstance(given, Scene) and isinstance(dialogue.output, Scene)
        assert given.content.background == dialogue.output.content.background
        assert given.counts.keys() == dialogue.output.counts.keys()
        changed = [
            name for name, count in given.counts.items() if count != dialogue.output.counts[name]
        ]
        assert len(changed) == 1
        assert re.search(r"\d|one|two|three", dialogue.exchanges[0].request)


def test_a_second_request_goes_on_from_the_first_answer() -> None:
    for dialogue in some("next"):
        first, second = dialogue.exchanges
        assert first.inputs == second.inputs == ()
        assert first.answer != second.answer


def test_a_sound_is_drawn_as_often_as_it_is_heard() -> None:
    for dialogue in some("heard"):
        (sound,) = dialogue.exchanges[0].inputs
        assert isinstance(sound, Sound) and isinstance(dialogue.output, Scene)
        assert list(dialogue.output.counts.values()) == [sound.content.times or 1]


def test_a_film_is_asked_for_in_words_and_answered_in_plain_ones() -> None:
    told = make_dialogue("film", "train", seed=0, number=1)

    assert isinstance(told.output, Film)
    assert told.exchanges[0].request == "make a video of a rocket that shrinks slowly"
    assert told.exchanges[0].answer == "a rocket shrinking slowly"


def test_an_answer_says_nothing_of_the_background_unless_asked() -> None:
    scene = make_scene("train", 0, 1)

    assert plain_answer(scene.content, "nine cups") == "nine cups"
    assert plain_answer(scene.content, "nine cups on purple") == "nine cups on a purple background"


def test_a_box_is_told_in_parts_of_a_hundred() -> None:
    assert format_percent_box((0, 16, 32, 64)) == "[0, 25, 50, 100]"


def test_what_stands_in_a_box_is_told_by_its_name() -> None:
    for dialogue in some("at"):
        (exchange,) = dialogue.exchanges
        (scene,) = exchange.inputs
        assert isinstance(scene, Scene)
        names = {format_percent_box(thing.box): thing.name for thing in scene.things}
        asked = re.search(r"\[.*?\]", exchange.request)
        assert asked and exchange.answer.endswith(names[asked[0]])


def test_a_sound_is_told_as_loud_and_as_fast_as_was_asked_for() -> None:
    content = SoundContent("xylophone", "rising scale", None, "loud", "fast")

    assert plain_sound_answer(content, "a xylophone") == "a xylophone playing a rising scale"
    assert plain_sound_answer(content, "a loud xylophone playing a scale upwards") == (
        "a loud xylophone playing a rising scale"
    )


def test_a_picture_sounds_as_often_as_it_shows_something() -> None:
    for dialogue in some("sounds like"):
        (scene,) = dialogue.exchanges[0].inputs
        assert isinstance(scene, Scene) and isinstance(dialogue.output, Sound)
        assert list(scene.counts.values()) == [dialogue.output.content.times or 1]


def test_only_pictures_that_are_looked_for_are_found() -> None:
    found = {
        kind: {each.is_retrieval for d in some(kind) for each in d.exchanges}
        for kind in DIALOGUE_BUILDERS
    }

    assert {kind for kind, either in found.items() if True in either} == {"find"}
    assert found["find"] == {True}


def test_every_drawing_of_a_conversation_is_drawn() -> None:
    for dialogue in some("next"):
        assert all(isinstance(each.output, Scene) for each in dialogue.exchanges)
