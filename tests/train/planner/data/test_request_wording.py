"""How requests are said."""

import random

from train.planner.data import request_wording


def test_slips_leave_quoted_words_numbers_and_marks_alone() -> None:
    request = "write 'Happy Birthday' 1080 wide (region1 is a marked box in image1)"
    for seed in range(50):
        slipped = request_wording.add_typo(random.Random(seed), request)
        assert "'Happy Birthday' 1080" in slipped
        assert slipped.endswith("(region1 is a marked box in image1)")


def test_can_you_stands_only_before_a_verb() -> None:
    asked = {
        request_wording.ask(random.Random(seed), "the faces out of focus") for seed in range(80)
    }

    assert not {request for request in asked if request.startswith(("can you", "could you"))}


def test_wishes_are_joined_in_their_order() -> None:
    for seed in range(60):
        request = request_wording.join(
            random.Random(seed), ["blur it", "flip it", "mute it"], "also"
        )
        lowered = request.lower()
        assert lowered.index("blur it") < lowered.index("flip it") < lowered.index("mute it")
        assert "$" not in request
