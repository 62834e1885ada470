import numpy as np
import pytest

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument
from tools.library.audio.join_sounds import join_sounds
from tools.library.audio.transcribe import transcribe
from tools.library.audio_editing.silence_cut import silence_cut


def test_long_pauses_become_short_and_short_ones_stay():
    sound = join_sounds(
        [silence(2), tone(440, 1), silence(0.4), tone(440, 1), silence(3), tone(440, 1), silence(4)]
    )

    cut = silence_cut(sound)

    # Three tones, the short pause, the long one at 0.3 seconds less a crossfade, two margins.
    assert cut.seconds == pytest.approx(3 + 0.4 + 0.3 - 0.01 + 0.3, abs=0.05)
    loud = np.abs(cut.samples[0]) > 0.01
    assert loud.mean() * cut.seconds == pytest.approx(3, abs=0.05)


def test_a_sound_without_pauses_stays_as_it_is():
    assert silence_cut(tone(440, 2)).digest == tone(440, 2).digest


def test_pauses_that_are_full_of_noise_are_cut_too():
    sound = join_sounds([tone(440, 1), silence(4), tone(440, 1)])
    noise = np.random.default_rng(0).normal(0, 0.01, sound.samples.shape)

    cut = silence_cut(Audio(sound.samples + noise, sound.rate))

    assert cut.seconds == pytest.approx(2.3, abs=0.05)


def test_nothing_clicks_where_parts_are_joined():
    sound = join_sounds([tone(50, 1), silence(2), tone(50, 1)])

    cut = silence_cut(sound)

    # A tone of 50 Hz changes by 0.01 from one sample to the next at the most.
    assert np.abs(np.diff(cut.samples[0])).max() < 0.02


def test_every_channel_is_cut_at_the_same_time():
    left, pause = tone(440, 1).samples[0], np.zeros(32_000)
    stereo = np.stack([np.concatenate([left, pause]), np.concatenate([0 * left, pause])])

    cut = silence_cut(Audio(stereo, 16_000))

    assert cut.samples.shape[0] == 2
    assert cut.seconds == pytest.approx(1.15, abs=0.03)


@pytest.mark.parametrize(
    ("audio", "message"),
    [(silence(2), "nothing is heard in the sound"), (silence(0), "a length of 0 seconds")],
)
def test_a_silent_sound_is_refused(audio, message):
    with pytest.raises(BadArgument, match=message):
        silence_cut(audio)


@pytest.mark.real
def test_what_is_left_is_still_understood(load_model, speech):
    words = transcribe(load_model("transcribe/whisper-tiny-en"), silence_cut(speech))

    assert words == "The concert begins at 8 o'clock."
