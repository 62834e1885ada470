import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.tools.known_audio import loudest_hertz, silence, tone
from tools import Audio, BadArgument
from tools.library.audio.change_voice import change_voice
from tools.library.audio.transcribe import transcribe


@pytest.mark.parametrize(
    ("pitch", "speed", "hertz", "seconds"),
    [
        (12, 1, 600, 2.0),
        (-12, 1, 150, 2.0),
        (7, 1, 449.5, 2.0),
        (0, 2, 300, 1.0),
        (0, 0.5, 300, 4.0),
        (-5, 1.6, 224.7, 1.25),
    ],
)
def test_pitch_and_speed_change_apart_from_one_another(pitch, speed, hertz, seconds):
    changed = change_voice(tone(300, 2), pitch, speed)

    assert loudest_hertz(changed) == pytest.approx(hertz, rel=0.01)
    assert changed.seconds == pytest.approx(seconds, abs=0.01)
    assert np.abs(changed.samples[0, 2_000:-2_000]).max() == pytest.approx(0.5, abs=0.05)


def test_a_sound_that_is_neither_higher_nor_faster_stays_as_it_was():
    assert change_voice(tone(300, 1)).digest == tone(300, 1).digest


@examples(25)
@given(
    st.integers(1, 2),
    st.integers(1, 3_000),
    st.sampled_from([8_000, 22_050, 48_000]),
    st.floats(-12, 12),
    st.floats(0.5, 2),
)
def test_a_sound_of_any_shape_can_be_changed(channels, length, rate, pitch, speed):
    noise = np.random.default_rng(0).uniform(-1, 1, (channels, length))

    changed = change_voice(Audio(noise, rate), pitch, speed)

    assert changed.samples.shape[0] == channels
    # The resampler's filter is some hundredths of a second long.
    assert changed.seconds == pytest.approx(length / rate / speed, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pitch": 13}, "pitch is 13; -12 to 12 are allowed"),
        ({"speed": 0.4}, "speed is 0.4; 0.5 to 2 are allowed"),
        ({"speed": float("nan")}, "speed is nan; 0.5 to 2 are allowed"),
    ],
)
def test_what_no_voice_can_do_is_refused(arguments, message):
    with pytest.raises(BadArgument) as caught:
        change_voice(tone(300, 1), **arguments)

    assert caught.value.message == message


def test_a_sound_of_no_length_is_refused():
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        change_voice(silence(0), pitch=3)


@pytest.mark.real
@pytest.mark.parametrize(("pitch", "speed"), [(-5, 1), (5, 1), (0, 1.4), (0, 0.7)])
def test_a_changed_voice_is_still_understood(load_model, speech, pitch, speed):
    words = transcribe(load_model("transcribe/whisper-tiny-en"), change_voice(speech, pitch, speed))

    assert words == "The concert begins at 8 o'clock."
