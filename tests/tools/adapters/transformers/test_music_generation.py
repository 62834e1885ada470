import numpy as np
import pytest

from tests.tools.adapters.transformers.tiny_checkpoints import write_musicgen
from tools import BadArgument
from tools.adapters.transformers.music_generation import MusicGeneration
from tools.library.audio.make_music import make_music

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> MusicGeneration:
    folder = write_musicgen(tmp_path_factory.mktemp("musicgen"))
    files = {path.name: path for path in folder.iterdir()}
    return MusicGeneration.load(files, {"longest": "2"}, "cpu")


def test_words_become_music_of_that_length_the_same_for_the_same_seed(model):
    music = model.play_prompt("a dog", seconds=0.5, seed=1)

    assert (music.rate, music.samples.shape) == (400, (1, 200))
    assert np.isfinite(music.samples).all()
    assert model.play_prompt("a dog", 0.5, 1).encode() == music.encode()
    assert model.play_prompt("a dog", 0.5, 2).encode() != music.encode()


def test_a_mood_is_music_in_words_and_a_piece_that_is_too_long_is_refused(model):
    assert make_music(model, "happy", seconds=1).seconds == 1
    with pytest.raises(BadArgument, match="2"):
        make_music(model, "happy", seconds=3)


def test_stop_is_heard(model, is_stopped):
    assert is_stopped(lambda: model.play_prompt("a dog", 0.5, 1))
