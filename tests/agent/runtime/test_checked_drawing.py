"""A run of draw_checked with the small models: what it shows and what it answers."""

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
