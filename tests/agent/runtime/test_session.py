"""What a session offers to planners."""

from pathlib import Path

from agent.runtime.session import Session
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES


def test_a_planner_is_told_of_tools_for_scenes_only_where_an_image_is_one(tmp_path: Path) -> None:
    session = Session.load("offline", home=tmp_path)
    photo = session.store.encode(open_media(SAMPLES["photo"]))
    scene = session.store.encode(open_media(SAMPLES["scene"]))

    assert "ask_image" not in session.offered_for({"image1": photo, "n": 3})
    assert "ask_image" in session.offered_for({"image1": photo, "image2": scene})
    assert "detect" in session.offered_for({})
