"""Questions about what a prompt asks for, and what their answers mean."""

import pytest

from tools.signal.drawings.prompt_questions import MAX_PROMPT, questions_for


def texts(prompt: str) -> list[str]:
    return [question.text for question in questions_for(prompt)]


def fault(prompt: str, answer: str) -> str:
    (question,) = questions_for(prompt)
    return question.fault(answer)


@pytest.mark.parametrize(
    ("prompt", "questions"),
    [
        ("could you sketch five cakes for me?", ["how many cakes are there?"]),
        ("an owl", ["is there an owl?"]),
        ("7 slices of pizza", ["how many slices of pizza are there?"]),
        ("exactly one slice of pizza", ["how many slices of pizza are there?"]),
        ("some dogs", ["is there a dog?"]),
        (
            "two red cups to the left of a dog, on a blue background",
            [
                "how many cups are there?",
                "what colour are the cups?",
                "is there a dog?",
                "are the cups left of the dog?",
                "what colour is the background?",
            ],
        ),
        ("a dog at the top left", ["is there a dog?", "where is the dog?"]),
        (
            "freedom in the style of Monet!",
            ["does this picture show: freedom in the style of Monet? Answer yes or no."],
        ),
        (
            "three dogs by Monet",
            [
                "how many dogs are there?",
                "does this picture show: three dogs by Monet? Answer yes or no.",
            ],
        ),
    ],
)
def test_each_claim_and_what_was_not_read_is_asked_about(prompt: str, questions: list[str]) -> None:
    assert texts(prompt) == questions


@pytest.mark.parametrize(
    ("prompt", "answer", "expected"),
    [
        ("three dogs", "3", ""),
        ("three dogs", "There are three dogs.", ""),
        ("three dogs", "4", "4 instead of 3 dogs"),
        ("three dogs", "There are no dogs.", "no dogs"),
        ("three dogs", "None", "no dogs"),
        ("three dogs", "many", "“many” instead of 3 dogs"),
        ("three dogs", "", "“” instead of 3 dogs"),
        ("a dog", "Yes, there is.", ""),
        ("a dog", "yes", ""),
        ("a dog", "no", "no dog"),
        ("a dog", "a cat", "no dog"),
        ("on a grey background", "Gray", ""),
        ("on a grey background", "It is white.", "background not grey, but “It is white.”"),
    ],
)
def test_an_answer_means_a_fault_or_none(prompt: str, answer: str, expected: str) -> None:
    assert fault(prompt, answer) == expected


def test_a_position_may_be_worded_in_other_ways() -> None:
    _, where = questions_for("a dog at the top left")

    assert where.fault("In the upper left corner") == ""
    assert where.fault("at the top") == "dog not at the top left, but “at the top”"


def test_a_long_prompt_is_quoted_in_part() -> None:
    (text,) = texts("wistfully " * 100)

    assert len(text) < MAX_PROMPT + 60
