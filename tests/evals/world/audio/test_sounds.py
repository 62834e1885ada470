from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evals.world.audio.effects import EFFECTS
from evals.world.audio.instruments import INSTRUMENTS, RATE, note
from evals.world.audio.sound_content import SOUND_NAMES
from evals.world.audio.sound_sentences import read_sound
from evals.world.audio.sounds import Sound, make_sound, sound_batch, sounds
from evals.world.splits import SPLITS
from tests.examples import examples
from tools.signal.spectrogram import log_mel, waveform


def first(**wanted: object) -> Sound:
    """The first sound, of whatever split, of which all this is true."""
    return next(
        sound
        for split in SPLITS
        for sound in islice(sounds(split, 0), 3000)
        if all(getattr(sound.content, name) == value for name, value in wanted.items())
    )


def loudness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square of each hundredth of a second."""
    return np.sqrt((samples.reshape(200, -1) ** 2).mean(axis=1))


def pitch(samples: NDArray[np.float32]) -> float:
    """The strongest frequency in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE / len(samples))


def test_there_are_fourteen_instruments_and_eighteen_computed_sounds():
    assert (len(INSTRUMENTS), len(EFFECTS), len(SOUND_NAMES)) == (14, 18, 32)


@pytest.mark.parametrize("name", ["piano", "violin", "flute", "harp", "music box"])
def test_an_instrument_plays_the_pitch_that_is_asked_for(name: str):
    assert pitch(note(name, 69, 1.0)) == pytest.approx(440, rel=0.015)
    assert pitch(note(name, 74, 1.0)) == pytest.approx(587.3, rel=0.015)


@given(st.sampled_from(SPLITS), st.integers(0, 10**6))
@examples(60)
def test_every_sound_lasts_two_seconds_and_is_as_loud_as_said(split: str, number: int):
    sound = make_sound(split, 1, number)  # type: ignore[arg-type]
    assert (sound.samples.shape, sound.samples.dtype) == ((32000,), np.float32)
    low, high = {"soft": (0.05, 0.11), None: (0.25, 0.45), "loud": (0.8, 1.0)}[
        sound.content.loudness
    ]
    assert low < np.abs(sound.samples).max() < high


@pytest.mark.parametrize("times", [1, 2, 3, 4, 5])
def test_a_sound_is_heard_as_often_as_said(times: int):
    beeps = first(name="beep", times=times)
    heard = loudness(beeps.samples) > 0.1 * np.abs(beeps.samples).max()
    assert np.count_nonzero(np.diff(heard.astype(int)) == 1) == times


def test_scales_rise_and_fall():
    for pattern, sign in (("rising scale", 1), ("falling scale", -1)):
        scale = first(name="flute", pattern=pattern, tempo="slow")
        early, late = pitch(scale.samples[1600:6400]), pitch(scale.samples[22400:27200])
        assert (late - early) * sign > 50


def test_fast_music_has_more_notes_than_slow_music():
    fast = first(name="banjo", pattern="tune", tempo="fast")
    slow = first(name="banjo", pattern="tune", tempo="slow")

    def onsets(sound: Sound) -> int:
        level = loudness(sound.samples)
        return int(
            np.count_nonzero((level[2:] > 1.8 * level[:-2]) & (level[2:] > 0.2 * level.max()))
        )

    assert onsets(fast) > onsets(slow)


@pytest.mark.parametrize(
    ("pattern", "louder", "quieter"),
    [
        ("growing", slice(150, 200), slice(0, 50)),
        ("fading", slice(0, 50), slice(150, 200)),
        ("stopping", slice(0, 50), slice(150, 200)),
        ("starting", slice(150, 200), slice(0, 50)),
    ],
)
def test_a_sound_goes_on_as_said(pattern: str, louder: slice, quieter: slice):
    level = loudness(first(pattern=pattern).samples)
    assert level[louder].mean() > 3 * level[quieter].mean()


@given(st.sampled_from(SPLITS), st.integers(0, 10**6), st.sampled_from(("seen", "unseen")))
@examples(300)
def test_every_sentence_reads_back_to_what_is_true_of_its_sound(
    split: str, number: int, phrasing: str
):
    sound = make_sound(split, 1, number)  # type: ignore[arg-type]
    read, true = read_sound(sound.speak(number % 5, phrasing)), sound.content  # type: ignore[arg-type]
    assert (read.name, read.pattern, read.times) == (true.name, true.pattern, true.times)
    assert read.loudness in (None, true.loudness)
    assert read.tempo in (None, true.tempo)


@given(st.integers(0, 10**6))
@examples(200)
def test_the_plain_caption_tells_everything(number: int):
    sound = make_sound("test", 2, number)
    read, true = read_sound(sound.caption), sound.content
    assert (read.name, read.pattern, read.times) == (true.name, true.pattern, true.times)
    assert (read.loudness, read.tempo) == (true.loudness, true.tempo)


def test_the_reader_understands_people():
    scale = read_sound("A soft piano playing a rising scale")
    assert (scale.name, scale.pattern, scale.loudness) == ("piano", "rising scale", "soft")
    knocks = read_sound("someone gives three loud knocks")
    assert (knocks.name, knocks.times, knocks.loudness) == ("knock", 3, "loud")
    assert read_sound("nothing at all").name is None


def test_a_batch_holds_the_sounds_that_one_gets_one_by_one():
    batch = sound_batch("validation", 3, first=5, count=3)
    single = list(islice(sounds("validation", 3, first=5), 3))
    assert batch.sounds == tuple(single)
    assert batch.sentences == tuple(sound.sentences[0] for sound in single)
    assert np.array_equal(batch.samples, np.stack([sound.samples for sound in single]))


def test_a_tune_is_never_a_scale():
    for sound in islice(sounds("train", 8), 400):
        if sound.content.pattern == "tune" and sound.content.name in ("flute", "clarinet"):
            level = loudness(sound.samples)
            end = int(np.nonzero(level > 0.05 * level.max())[0][-1]) * 160
            thirds = [pitch(sound.samples[start : start + 1600]) for start in range(0, end, 1600)]
            steps = np.sign(np.diff(np.round(12 * np.log2(thirds))))
            assert {-1.0, 1.0} <= set(steps.tolist())


@pytest.mark.parametrize("number", [0, 2, 5])
def test_a_waveform_from_its_spectrogram_sounds_alike(number: int):
    sound = make_sound("train", 0, number)

    back = waveform(log_mel(sound.samples))

    assert np.abs(log_mel(back)[:, :125] - log_mel(sound.samples)[:, :125]).mean() < 0.02
    assert np.abs(back).max() < 3 * np.abs(sound.samples).max()
