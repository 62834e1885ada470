"""No request of the evaluation is learnt from."""

import pytest

from train.planner.data.overlap import NearDuplicates

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
