"""Drawings and what is made of them go to the models that know drawings."""

import pytest

from agent.record.artifacts import ArtifactStore
from agent.record.events import CommandFinished, ModelChosen
from tests.agent.conftest import Try
from tools.models.media_domain import domain_of


@pytest.mark.slow
async def test_a_drawing_in_grey_is_still_a_drawing(attempt: Try) -> None:
    plan = 'picture = draw("two dogs on pink")\ngrey = grayscale(picture)\nboxes = detect(grey)'

    followed = await attempt.run(plan=plan)

    finished = [event for event in followed.events if isinstance(event, CommandFinished)]
    chosen = [event for event in followed.events if isinstance(event, ModelChosen)]
    store = ArtifactStore(str(attempt.home / "artifacts"))
    grey = next(store.decode(event.value) for event in finished if event.tool == "grayscale")
    assert followed.outcome.state == "done"
    assert domain_of(grey) == ""
    assert chosen[-1].model == "detect/sprites"
    assert chosen[-1].reason == "the picture is a scene of the sprite world"
