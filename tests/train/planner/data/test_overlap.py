"""No request of the evaluation is learnt from."""

import pytest

from evals.answer_samples import answer_samples, tempting_requests
from evals.request_samples import everyday_requests, requests
from train.planner.data.overlap import NearDuplicates, evaluated_requests
from train.planner.data.phrase_files import intents, operations
from train.planner.data.seed_examples import seeds

KNOWN = NearDuplicates(["How many red cars are parked in front of the house?", "hi"])


@pytest.mark.parametrize(
    "request_text",
    [
        "how many red cars are parked in front of the house",
        "How many red cars are parked in front of that house??",
        "how mny red cars are parked in front of the house?",
    ],
)
def test_a_request_in_nearly_the_same_words_is_found(request_text: str) -> None:
    assert KNOWN.has_near(request_text)


@pytest.mark.parametrize("request_text", ["How many dogs are in the garden?", "Blur the car", ""])
def test_another_request_is_not(request_text: str) -> None:
    assert not KNOWN.has_near(request_text)


def test_a_word_that_everybody_says_may_occur_in_both() -> None:
    assert not KNOWN.has_near("hi")


@pytest.mark.parametrize("suite", [requests, everyday_requests, answer_samples, tempting_requests])
def test_the_requests_of_every_suite_of_our_own_are_kept_out(suite) -> None:
    kept_out = evaluated_requests()

    assert [r.request for r in suite() if kept_out.nearest(r.request)[0] != 1] == []


def test_the_wordings_for_everyday_tools_are_near_none_of_the_training_phrases() -> None:
    phrases = [
        *(text for operation in operations() for text in (*operation.alone, *operation.it)),
        *(text for intent in intents() for text in intent.say),
        *(seed.request for seed in seeds()),
    ]
    learnt = NearDuplicates(phrases)

    near = {r.request: learnt.nearest(r.request) for r in everyday_requests()}
    assert {text: best for text, best in near.items() if learnt.has_near(text)} == {}
