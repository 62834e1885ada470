"""The suite `requests` offers the planner what the product offers it."""

from pathlib import Path

import pytest

from agent.runtime.session import Session
from evals.suites.requests_suite import tools_for
from tools.media import Image
from tools.sdk.tool_check import SAMPLES


@pytest.mark.parametrize(("sample", "scene"), [("photo", False), ("scene", True)])
def test_the_tools_are_those_of_the_product(tmp_path: Path, sample: str, scene: bool) -> None:
    session = Session.load("offline", home=tmp_path)
    value = session.store.encode(Image.decode(SAMPLES[sample].read_bytes()))

    offered = tools_for(session, scene=scene)

    assert offered == session.offered_for({"image1": value})
    assert ("ask_image" in offered) is scene
    assert "spoken_lines" not in offered
