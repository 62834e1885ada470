from dataclasses import replace
from pathlib import Path

import pytest

from tools import Image, Model, Video, tool
from tools.errors import CatalogueError, ToolError
from tools.home import home
from tools.library.audio.make_music import make_music
from tools.library.audio.separate import separate
from tools.library.images.grayscale import grayscale
from tools.library.images.restyle import restyle
from tools.library.text.translate import translate
from tools.library.video.detect_in_video import detect_in_video
from tools.library.vision.detect import detect
from tools.media.open_untrusted import open_media
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile
from tools.models.routing import ModelChoice, choose_models, pin_of
from tools.sdk.tool_check import SAMPLES


def image(path: Path) -> Image:
    opened = open_media(path)
    assert isinstance(opened, Image)
    return opened


@pytest.fixture(scope="module")
def offline() -> Profile:
    return Profile.load("offline", Catalogue.load(home()))


def test_a_tool_without_a_model_needs_no_choice(offline: Profile) -> None:
    assert choose_models(grayscale, "", {}, offline, "local:x") == [ModelChoice()]


def test_a_photo_goes_to_the_model_for_photos_and_a_scene_to_the_one_for_scenes(
    offline: Profile,
) -> None:
    photo = choose_models(detect, "", {"image": image(SAMPLES["photo"])}, offline, "local:x")
    scene = choose_models(detect, "", {"image": image(SAMPLES["scene"])}, offline, "local:x")

    assert [choice.model for choice in photo] == ["detect/yolox-nano"]
    assert [choice.model for choice in scene] == ["detect/sprites", "detect/yolox-nano"]
    assert scene[0].reason == "the picture is a scene of the sprite world"


def test_a_film_is_told_by_its_first_picture(offline: Profile) -> None:
    scene = Video.of_frames([image(SAMPLES["scene"]).array()] * 2, 10)

    photo = choose_models(
        detect_in_video, "", {"video": open_media(SAMPLES["film"])}, offline, "local:x"
    )
    sprites = choose_models(detect_in_video, "", {"video": scene}, offline, "local:x")

    assert [choice.model for choice in photo] == ["detect/yolox-nano"]
    assert sprites[0].model == "detect/sprites"


def test_a_pin_decides(offline: Profile) -> None:
    pinned = choose_models(
        detect, "yolox_nano", {"image": image(SAMPLES["scene"])}, offline, "local:x"
    )

    assert [choice.model for choice in pinned] == ["detect/yolox-nano"]
    assert pin_of("llm/qwen2.5-coder-1.5b") == "qwen2_5_coder_1_5b"


def test_a_pin_to_a_model_that_cannot_is_refused(offline: Profile) -> None:
    with pytest.raises(CatalogueError, match="'whisper' is no model for 'detect'"):
        choose_models(detect, "whisper", {"image": image(SAMPLES["scene"])}, offline, "local:x")


def test_tools_of_words_are_performed_by_the_language_model_that_plans(offline: Profile) -> None:
    (choice,) = choose_models(translate, "", {}, offline, "local:x")

    assert choice.revision == "local:x"


def test_a_tool_that_the_profile_has_no_model_for_says_so(offline: Profile) -> None:
    class Clairvoyant(Model):
        pass

    @tool
    def foresee(model: Clairvoyant) -> str:
        """Tell what will be."""
        return ""

    with pytest.raises(CatalogueError, match="no model for 'foresee'"):
        choose_models(foresee, "", {}, offline, "local:x")


def test_a_model_for_scenes_is_never_given_a_photo(offline: Profile) -> None:
    scenes_only = replace(offline, models={"detect": ("detect/sprites",)})

    with pytest.raises(ToolError, match="knows only scenes"):
        choose_models(detect, "", {"image": image(SAMPLES["photo"])}, scenes_only, "local:x")


def test_a_model_that_cannot_take_the_arguments_gives_way_to_one_that_can(
    offline: Profile,
) -> None:
    adain = offline.catalogue["restyle/adain"]
    by_words = replace(adain, id="restyle/words", accepts_only={"style": ()}, quality=2)
    both = replace(
        offline,
        models={"restyle": (adain.id, by_words.id)},
        catalogue=Catalogue([adain, by_words], home()),
    )
    photo = image(SAMPLES["photo"])

    (said,) = choose_models(
        restyle, "", {"style": None, "prompt": "a watercolour"}, both, "local:x"
    )
    (shown,) = choose_models(restyle, "", {"style": photo, "prompt": ""}, both, "local:x")

    assert said.model == "restyle/words"
    assert shown.model == "restyle/adain"


def test_where_no_model_can_take_the_arguments_the_best_one_says_why(offline: Profile) -> None:
    (choice,) = choose_models(
        make_music, "", {"mood": "calm", "prompt": "drums"}, offline, "local:x"
    )

    assert choice.model == "make_music/performance-rnn"


@pytest.mark.parametrize(
    ("arguments", "model"),
    [
        ({}, "clean_sound/deepfilternet3"),
        ({"part": "background"}, "clean_sound/deepfilternet3"),
        ({"part": "vocals"}, "separate/ace-step-1.5-xl-base"),
        ({"part": "drums"}, "separate/ace-step-1.5-xl-base"),
    ],
)
def test_speech_is_parted_by_the_filter_for_voices_and_music_by_the_model_for_it(
    arguments: dict[str, str], model: str
) -> None:
    profile = Profile.load("gpu-24gb", Catalogue.load(home()))

    assert choose_models(separate, "", arguments, profile, "local:x")[0].model == model
