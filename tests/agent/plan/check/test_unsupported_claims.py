"""Plans that say something about a file without looking at it are refused."""

import pytest

from agent.plan import PlanError, read_draft
from tests.agent.plan.fuzz_plans import TOOLS
from tools.sdk.plan_types import Type, list_of

IMAGE, AUDIO = {"image1": Type("Image")}, {"audio1": Type("Audio")}
NO_TOOL = "I am sorry, I have no tool that does that."


def is_refused(request: str, plan: str, names: dict[str, Type] = IMAGE, **told: str) -> bool:
    try:
        read_draft(plan, TOOLS, names, request=request, descriptions=told)
    except PlanError as error:
        (problem,) = error.problems
        assert "that no tool has looked at" in problem.message
        return True
    return False


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        ("Which animal is on the photo?", "This is a dog."),
        ("which animal is it", "A dog"),
        ("What is left of the cup?", "The spoon is left of the cup."),
        ("Is somebody speaking?", "No, there is no speech in the recording."),
        ("Does anyone speak?", "I am sorry, there is no speech."),
        ("how many dogs?", "Two."),
        ("how many dogs?", "I see two dogs."),
        ("What does the sign say?", "Hello! It says: closed."),
        ("blur the face", "Here it is, with a blurred face."),
        ("what colour is the car?", "It is red."),
        ("¿hay perros en la foto?", "Sí."),
        ("Was ist auf dem Bild?", "Ein Hund."),
        ("Is there a cat?", "I cannot see a cat."),
    ],
)
def test_a_guess_is_refused(request_text: str, answer: str) -> None:
    assert is_refused(request_text, f'say("{answer}")')
    assert is_refused(request_text, f'answer = "{answer}"\nsay("{{answer}}")')


@pytest.mark.parametrize(
    "plan",
    [
        'n = 2\nsay("There are {n} dogs.")',
        'if 1 < 2:\n    say("There are two.")\nelse:\n    say("There is one.")',
        'say("These are two dogs: {image1}")',
        'say("There are two.")\nsay("What else?")',
    ],
)
def test_a_guess_is_refused_whatever_the_shape_of_its_plan(plan: str) -> None:
    assert is_refused("how many dogs are there?", plan)


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        ("who is the woman on the photo?", NO_TOOL),
        ("who is the woman on the photo?", "I am sorry, I cannot know that."),
        (
            "make the film shorter",
            "There is no film here yet, only a picture. Please add the film.",
        ),
        ("translate it", "Into which language?"),
        ("thanks, the picture is great", "You are welcome!"),
        ("my picture", "Thank you for the picture. What shall I do with it?"),
        ("what can you do with photos?", "I can describe, count and change pictures."),
        ("what is 12 * 7?", "It is 84."),
        ("who wrote Hamlet?", "William Shakespeare wrote Hamlet."),
        ("what do bees make?", "Bees make honey and wax."),
        ("How many letters are there in the English alphabet?", "There are 26 letters."),
        ("what colour is an emerald?", "An emerald is green."),
        ("how tall is the Eiffel Tower?", "It is 330 metres tall."),
        ("what is 'water' in Portuguese?", "In Portuguese: água."),
        ("a short poem about my cat", "My cat sleeps long, my cat sleeps deep."),
    ],
)
def test_refusals_questions_talk_and_knowledge_are_allowed(request_text: str, answer: str) -> None:
    assert not is_refused(request_text, f'say("{answer}")')


def test_what_a_tool_has_found_may_be_said() -> None:
    assert not is_refused("how many dogs?", 'n = count(detect(image1))\nsay("There are {n}.")')
    assert not is_refused(
        "how many dogs?", 'say("There are {n}.")', {**IMAGE, "n": Type("Integer")}
    )


@pytest.mark.parametrize(
    ("request_text", "plan"),
    [
        ("half of 37", 'half = 37 / 2\nsay("It is {half}.")'),
        ("six boxes with 24 eggs each?", 'eggs = 6 * 24\nsay("That is {eggs} eggs.")'),
        ("which is largest, 15 or 60?", 'n = max(15, 60)\nsay("The largest is {n}.")'),
        ("how many pictures are these?", 'n = len(images1)\nsay("There are {n}.")'),
    ],
)
def test_arithmetic_and_the_number_of_files_may_be_said(request_text: str, plan: str) -> None:
    assert not is_refused(request_text, plan, {"images1": list_of(Type("Image"))})


def test_arithmetic_with_a_number_that_only_the_picture_holds_is_refused() -> None:
    request = "what do the cups in the picture cost at 3 euros each?"

    assert is_refused(request, 'price = 2 * 3\nsay("They cost {price} euros.")')


def test_a_file_may_be_shown_as_it_was() -> None:
    assert not is_refused("undo that", 'say("Here is the original: {image1}")')


def test_what_the_planner_was_told_of_a_file_may_be_said() -> None:
    size = {"image1": "a picture of 640×480 pixels"}

    assert not is_refused("how large is it?", 'say("The picture is 640×480 pixels.")', **size)
    assert is_refused("is there a dog in it?", 'say("There is no dog in the picture.")', **size)


def test_folders_and_sounds_are_files_and_texts_are_not() -> None:
    assert is_refused("what is said?", 'say("She says hello.")', AUDIO)
    assert is_refused("what is shown?", 'say("A dog.")', {"images1": list_of(Type("Image"))})
    assert not is_refused("what is said?", 'say("She says hello.")', {"text1": Type("Text")})


def test_a_plan_that_a_person_writes_may_say_anything() -> None:
    read_draft('say("This is a dog.")', TOOLS, IMAGE)


def test_two_texts_after_one_another_are_no_answer_unless_it_was_asked_to_join_them() -> None:
    texts = {"text1": Type("Text"), "text2": Type("Text")}
    draft = 'cost = text1 + text2\nsay("That makes {cost} euros.")'
    joined = 'both = text1 + text2\nsay("Here they are: {both}")'
    read = 'voice = speak(text1 + text2)\nsay("{voice}")'

    with pytest.raises(PlanError, match="no tool has looked at"):
        read_draft(draft, {}, texts, request="What does a ticket cost?")
    assert read_draft(joined, {}, texts, request="put the two texts together")
    assert read_draft(read, TOOLS, texts, request="Read both texts to me")
