"""Sounds of the world go to the models for them, and recordings to others."""

from dataclasses import replace
from pathlib import Path

from agent.plan import Callee, NamedPlan
from agent.record.artifacts import Encoded
from agent.runtime.session import Session
from evals.world.audio.instruments import RATE
from evals.world.audio.sounds import make_sound
from tools import Audio
from tools.home import home
from tools.library.audio.classify_sound import classify_sound
from tools.media.open_untrusted import open_media
from tools.models.catalogue import Catalogue
from tools.models.profile import Profile
from tools.models.routing import choose_models
from tools.sdk.tool import Tool
from tools.sdk.tool_check import SAMPLES


def test_a_plan_of_a_tools_name_stands_in_where_the_tool_knows_only_scenes(tmp_path: Path) -> None:
    session = Session.load("offline", home=tmp_path)
    text = 'words = describe_sound(audio1)\nsay("{words}")'
    recording = session.store.encode(open_media(SAMPLES["speech"]))
    of_the_world = session.store.encode(Audio(make_sound("test", 0, 1).samples, RATE))

    def callee(sound: Encoded) -> Callee:
        return session.read_plan(text, {"audio1": sound}).tools["describe_sound"]

    assert isinstance(callee(recording), NamedPlan)
    assert isinstance(callee(of_the_world), Tool)
    assert "describe_sound" not in session.absent


def test_a_sound_of_the_world_goes_to_the_model_for_it_and_a_recording_to_the_other() -> None:
    catalogue = Catalogue.load(home())
    recordings = catalogue["classify_sound/yamnet"]
    world = replace(recordings, id="classify_sound/world", domain="scene", quality=2)
    others = [card for card in catalogue if "classify_sound" not in card.tools]
    profile = Profile.load("offline", Catalogue([*others, recordings, world], home()))

    def models_for(audio: Audio) -> list[str]:
        return [
            c.model for c in choose_models(classify_sound, "", {"audio": audio}, profile, "local:x")
        ]

    speech = open_media(SAMPLES["speech"])
    assert isinstance(speech, Audio)
    assert models_for(speech) == ["classify_sound/yamnet"]
    piano = Audio(make_sound("test", 0, 1).samples, RATE)
    assert models_for(piano) == ["classify_sound/world", "classify_sound/yamnet"]
