from dataclasses import replace
from pathlib import Path

import pytest

from agent.choosing import Choice, choose, pin_of
from agent.orchestra import Orchestra
from tools import Image, Model, tool
from tools.cards import Catalogue
from tools.check import SAMPLES
from tools.errors import CatalogueError, ToolError
from tools.media.opening import open_media
from tools.orchestra.detect import detect
from tools.orchestra.grayscale import grayscale
from tools.orchestra.translate import translate
from tools.profile import Profile


def image(path: Path) -> Image:
    opened = open_media(path)
    assert isinstance(opened, Image)
    return opened


@pytest.fixture(scope="module")
def offline() -> Profile:
    return Profile.load("offline", Catalogue.load())


def test_a_tool_without_a_model_needs_no_choice(offline: Profile) -> None:
    assert choose(grayscale, "", {}, offline, "local:x") == [Choice()]


def test_a_photo_goes_to_the_model_for_photos_and_a_scene_to_the_one_for_scenes(
    offline: Profile,
) -> None:
    photo = choose(detect, "", {"image": image(SAMPLES["photo"])}, offline, "local:x")
    scene = choose(detect, "", {"image": image(SAMPLES["scene"])}, offline, "local:x")

    assert [choice.model for choice in photo] == ["detect/yolox-nano"]
    assert [choice.model for choice in scene] == ["detect/sprites", "detect/yolox-nano"]
    assert scene[0].reason == "the picture is a scene of the sprite world"


def test_a_pin_decides(offline: Profile) -> None:
    pinned = choose(detect, "yolox_nano", {"image": image(SAMPLES["scene"])}, offline, "local:x")

    assert [choice.model for choice in pinned] == ["detect/yolox-nano"]
    assert pin_of("llm/qwen2.5-coder-1.5b") == "qwen2_5_coder_1_5b"


def test_tools_of_words_are_performed_by_the_language_model_that_plans(offline: Profile) -> None:
    (choice,) = choose(translate, "", {}, offline, "local:x")

    assert choice.revision == "local:x"


def test_a_tool_that_the_profile_has_no_model_for_says_so(offline: Profile) -> None:
    class Clairvoyant(Model):
        pass

    @tool
    def foresee(model: Clairvoyant) -> str:
        """Tell what will be."""
        return ""

    with pytest.raises(CatalogueError, match="no model for 'foresee'"):
        choose(foresee, "", {}, offline, "local:x")


def test_a_model_for_scenes_is_never_given_a_photo(offline: Profile) -> None:
    scenes_only = replace(offline, models={"detect": ("detect/sprites",)})

    with pytest.raises(ToolError, match="knows only scenes"):
        choose(detect, "", {"image": image(SAMPLES["photo"])}, scenes_only, "local:x")


def test_a_planner_is_told_of_tools_for_scenes_only_where_a_picture_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    orchestra = Orchestra.load("offline")
    photo = orchestra.store.encode(image(SAMPLES["photo"]))
    scene = orchestra.store.encode(image(SAMPLES["scene"]))

    assert "ask_image" not in orchestra.offered_for({"image1": photo, "n": 3})
    assert "ask_image" in orchestra.offered_for({"image1": photo, "image2": scene})
    assert "detect" in orchestra.offered_for({})
