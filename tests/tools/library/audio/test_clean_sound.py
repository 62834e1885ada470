import threading

import numpy as np
import pytest

from tests.tools.known_audio import signal_to_noise, silence
from tools import Audio, BadArgument
from tools.errors import Cancelled
from tools.library.audio.clean_sound import VoiceFilter, clean_sound
from tools.library.audio.separate import separate
from tools.library.audio.transcribe import transcribe
from tools.media.open_untrusted import open_media
from tools.sdk.call_context import CallContext, Progress, call_scope
from tools.sdk.tool_check import SAMPLES


class LeftIsTheVoice(VoiceFilter):
    def voice(self, audio: Audio) -> Audio:
        return Audio(audio.samples * [[1], [0]], audio.rate)


@pytest.fixture(scope="session")
def noisy() -> Audio:
    opened = open_media(SAMPLES["noisy_speech"])
    assert isinstance(opened, Audio)
    return opened


def test_voice_and_background_are_together_the_whole_sound():
    both = Audio(np.array([[1, 0], [0, -1]]), 8)

    assert separate(LeftIsTheVoice(), both).samples.tolist() == [[1, 0], [0, 0]]
    assert separate(LeftIsTheVoice(), both, "background").samples.tolist() == [[0, 0], [0, -1]]


@pytest.mark.parametrize("part", ["Voices", "the speech", "vocals"])
def test_a_part_may_be_called_by_other_names(part):
    both = Audio(np.array([[1], [1]]), 8)

    assert separate(LeftIsTheVoice(), both, part).samples.tolist() == [[1], [0]]


def test_a_part_that_the_model_cannot_take_out_is_refused_with_those_it_can():
    with pytest.raises(BadArgument) as caught:
        separate(LeftIsTheVoice(), Audio(np.zeros((2, 9)), 8), "drums")

    assert str(caught.value) == (
        "the model cannot separate 'drums' from a sound; it can separate voice, background\n"
        "hint: ask for one of these"
    )


@pytest.mark.parametrize("use", [clean_sound, separate])
def test_a_sound_of_no_length_is_refused(use):
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        use(LeftIsTheVoice(), silence(0))


MODELS = ["clean_sound/deepfilternet3", "clean_sound/nsnet2"]


@pytest.mark.real
@pytest.mark.parametrize(
    ("model", "noisy_db", "clean_db"),
    [("clean_sound/deepfilternet3", 12, 30), ("clean_sound/nsnet2", 9, 15)],
)
def test_speech_is_lifted_out_of_noise_and_clean_speech_stays_nearly_as_it_is(
    load_model, speech, noisy, model, noisy_db, clean_db
):
    filtered = clean_sound(load_model(model), noisy)
    untouched = clean_sound(load_model(model), speech)

    said = speech.samples[0].astype(np.float64)
    assert signal_to_noise(said, noisy.samples[0]) == pytest.approx(5, abs=0.2)
    assert signal_to_noise(said, filtered.samples[0]) > noisy_db
    assert signal_to_noise(said, untouched.samples[0]) > clean_db
    words = transcribe(load_model("transcribe/whisper-tiny-en"), filtered)
    assert words == "The concert begins at 8 o'clock."


@pytest.mark.real
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("channels", "samples", "rate"), [(1, 1, 16_000), (2, 1, 44_100), (2, 30_001, 22_050)]
)
def test_length_rate_and_channels_are_kept(load_model, model, channels, samples, rate):
    sound = Audio(np.zeros((channels, samples)), rate)

    clean = clean_sound(load_model(model), sound)

    assert clean.samples.shape == (channels, samples)
    assert clean.rate == rate


@pytest.mark.real
@pytest.mark.parametrize(
    ("model", "second_message", "seam_s"),
    [
        ("clean_sound/deepfilternet3", "10 of 14 seconds cleaned", 10.0),
        ("clean_sound/nsnet2", "11 of 14 seconds cleaned", 10.667),
    ],
)
def test_nobody_hears_a_seam_between_two_chunks(load_model, noisy, model, second_message, seam_s):
    long = Audio(np.tile(noisy.samples, 6), noisy.rate)
    seen: list[Progress] = []

    with call_scope(CallContext(seen.append)):
        clean = load_model(model).voice(long)

    assert [progress.message for progress in seen] == ["0 of 14 seconds cleaned", second_message]
    # Around the seam it is as it is one repetition earlier.
    seam, length = round(seam_s * 16_000), noisy.samples.shape[1]
    here = clean.samples[0, seam - 3_000 : seam + 3_000].astype(np.float64)
    before = clean.samples[0, seam - length - 3_000 : seam - length + 3_000]
    assert signal_to_noise(here, before) > 15


@pytest.mark.real
@pytest.mark.parametrize("model", MODELS)
def test_a_filter_stops_on_request(load_model, noisy, model):
    stop = threading.Event()
    stop.set()

    with call_scope(CallContext(stop=stop)), pytest.raises(Cancelled):
        clean_sound(load_model(model), noisy)
