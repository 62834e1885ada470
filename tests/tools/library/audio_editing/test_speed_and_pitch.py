import numpy as np
import pytest

from tests.tools.known_audio import loudest_hertz, silence, tone
from tools import Audio, BadArgument
from tools.library.audio.transcribe import transcribe
from tools.library.audio_editing.pitch import pitch
from tools.library.audio_editing.speed import speed


@pytest.mark.parametrize(
    ("factor", "seconds"), [(0.25, 8), (0.5, 4), (1, 2), (1.6, 1.25), (4, 0.5)]
)
def test_speed_changes_the_length_and_not_the_pitch(factor, seconds):
    changed = speed(tone(440, 2), factor)

    assert changed.seconds == pytest.approx(seconds, abs=0.001)
    assert loudest_hertz(changed) == pytest.approx(440, rel=0.01)
    assert np.abs(changed.samples[0, 1_000:-1_000]).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("semitones", "hertz"), [(-24, 110), (-12, 220), (0, 440), (3, 523.25), (12, 880), (24, 1_760)]
)
def test_pitch_changes_the_pitch_and_not_the_length(semitones, hertz):
    changed = pitch(tone(440, 2), semitones)

    assert changed.seconds == pytest.approx(2, abs=0.01)
    assert loudest_hertz(changed) == pytest.approx(hertz, rel=0.01)


def test_both_keep_the_channels_apart():
    left, right = tone(300, 1).samples[0], tone(500, 1).samples[0]
    stereo = Audio(np.stack([left, right]), 16_000)

    for changed, higher in ((speed(stereo, 2), 1), (pitch(stereo, 12), 2)):
        rows = [loudest_hertz(Audio(row, 16_000)) for row in changed.samples]
        assert rows == pytest.approx([300 * higher, 500 * higher], rel=0.02)


@pytest.mark.parametrize(
    ("change", "amount", "message"),
    [
        (speed, 0.2, "factor is 0.2; 0.25 to 4 are allowed"),
        (speed, 0, "factor is 0; 0.25 to 4 are allowed"),
        (speed, -1, "factor is -1; 0.25 to 4 are allowed"),
        (pitch, 25, "semitones is 25; -24 to 24 are allowed"),
        (pitch, float("nan"), "semitones is nan; -24 to 24 are allowed"),
    ],
)
def test_an_amount_out_of_bounds_is_refused(change, amount, message):
    with pytest.raises(BadArgument) as caught:
        change(tone(440, 0.1), amount)

    assert caught.value.message == message


def test_a_sound_that_would_last_too_long_is_refused():
    with pytest.raises(BadArgument) as caught:
        speed(silence(2_000, rate=10), 0.5)

    assert caught.value.message == "it would last 4,000 seconds at that speed; 3,600 are allowed"


@pytest.mark.parametrize("change", [speed, pitch])
def test_an_empty_sound_is_refused_and_a_silent_one_stays_silent(change):
    assert not change(silence(1)).samples.any()
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        change(silence(0))


@pytest.mark.real
def test_a_faster_voice_is_still_understood(load_model, speech):
    words = transcribe(load_model("transcribe/whisper-tiny-en"), speed(speech, 1.4))

    assert words == "The concert begins at 8 o'clock."
