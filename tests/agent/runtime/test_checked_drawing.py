"""Runs of the plans that draw several times, with the small models: what they show and answer."""

import pytest

from agent.record.events import CommandFinished
from tests.agent.conftest import Try


@pytest.mark.slow
async def test_a_checked_drawing_shows_its_tries_and_says_what_they_gave(attempt: Try) -> None:
    plan = 'picture = draw_checked("could you sketch five cakes for me?", 3)\nsay("{picture}")'

    followed = await attempt.run(plan=plan)

    finished = [event for event in followed.events if isinstance(event, CommandFinished)]
    draws = [event for event in finished if event.tool == "draw"]
    checks = [event for event in finished if event.tool == "drawing_faults"]
    answer = followed.outcome.answer
    assert followed.outcome.state == "done"
    assert len({str(event.value) for event in draws}) == len(draws) == len(checks)
    assert answer.startswith("[picture]\n")
    if checks[-1].result_text:
        assert len(draws) == 3
        assert "None of 3 drawings is quite what was asked for" in answer
    else:
        assert f"Drawing {len(draws)} of at most 3 shows what was asked for" in answer


@pytest.mark.slow
async def test_a_drawing_that_is_asked_about_shows_the_questions_and_their_answers(
    attempt: Try,
) -> None:
    plan = 'picture = draw_with_questions("two dogs above a tree", 2)\nsay("{picture}")'

    followed = await attempt.run(plan=plan)

    finished = [event for event in followed.events if isinstance(event, CommandFinished)]
    draws = [event for event in finished if event.tool == "draw"]
    answers = [event for event in finished if event.tool == "ask_image"]
    assert followed.outcome.state == "done"
    # How many dogs, whether there is a tree, and whether the dogs are above it.
    assert len(answers) == 3 * len(draws)
    assert {event.result_text for event in answers} <= {*"0123456789", "yes", "no"}
    assert "drawing" in followed.outcome.answer.lower()


@pytest.mark.slow
async def test_the_best_of_several_drawings_is_one_of_them(attempt: Try) -> None:
    plan = 'picture = best_of(2, "three apples")\nsay("{picture}")'

    followed = await attempt.run(plan=plan)

    finished = [event for event in followed.events if isinstance(event, CommandFinished)]
    draws = [event.value for event in finished if event.tool == "draw"]
    (ranked,) = [event.value for event in finished if event.tool == "search_images"]
    assert followed.outcome.state == "done"
    assert isinstance(ranked, list)
    assert ranked[0] in draws
    assert len({str(value) for value in draws}) == 2
    assert "The best of 2 drawings" in followed.outcome.answer
