import pytest

from tests.tools.adapters.diffusers.tiny_pipelines import write_stable_audio
from tests.tools.adapters.load_card import load

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = write_stable_audio(tmp_path_factory.mktemp("stable-audio"))
    return load("make_sound/stable-audio-open", folder, rate="400", steps="2", shortest="0.6").model


def test_words_become_a_sound_of_that_length_the_same_for_the_same_seed(model):
    sound = model.make_sound("a dog", seconds=0.5, seed=1)

    assert sound.samples.shape == (2, 200)
    assert sound.rate == 400
    assert model.make_sound("a dog", seconds=0.5, seed=1).encode() == sound.encode()
    assert model.make_sound("a dog", seconds=0.5, seed=2).encode() != sound.encode()


def test_a_mood_is_music_in_words(model):
    assert model.play("calm", seconds=0.5, seed=1).seconds == 0.5


def test_stop_is_heard(model, is_stopped):
    assert is_stopped(lambda: model.make_sound("a dog", seconds=0.5, seed=1))
