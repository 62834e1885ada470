import threading

import numpy as np
import pytest

from tests.tools.known_audio import loudest_hertz
from tools import Audio, BadArgument
from tools.errors import Cancelled
from tools.library.audio.classify_sound import classify_sound
from tools.library.audio.make_music import STYLES, Composer, Musician, Style, make_music
from tools.sdk.call_context import CallContext, call_scope
from tools.signal.music.piano_synth import RATE, Note, render_notes


class PlaysOneNote(Composer):
    def compose(self, style: Style, seconds: float, seed: int) -> tuple[Note, ...]:
        return (Note(69, 0.5, 1.5, 0.8),)


def test_a_note_sounds_at_its_pitch_from_when_it_is_struck_until_it_is_let_go():
    music = make_music(PlaysOneNote(), seconds=3)

    assert music.seconds == 3
    assert loudest_hertz(music) == pytest.approx(440, rel=0.01)
    before, during, after = (
        np.abs(music.samples[0, slice(*(round(at * RATE) for at in span))]).max()
        for span in ((0, 0.49), (0.5, 0.7), (2.5, 3))
    )
    assert before < 1e-9
    assert during == pytest.approx(0.8, abs=0.01)
    assert after < 0.05


@pytest.mark.parametrize("key", [21, 60, 108])
def test_every_key_of_the_piano_has_its_pitch(key):
    sound = Audio(render_notes([Note(key, 0, 2, 1)], 2), RATE)

    # The lowest strings sound their overtones louder than themselves.
    overtone = loudest_hertz(sound) / (440 * 2 ** ((key - 69) / 12))
    assert overtone == pytest.approx(round(overtone), rel=0.02)


def test_no_notes_are_silence():
    assert np.abs(render_notes([], 1)).max() == 0


@pytest.mark.parametrize("seconds", [0, 61, float("nan")])
def test_a_piece_that_is_too_short_or_long_is_refused(seconds):
    with pytest.raises(BadArgument, match="1 to 60 are allowed"):
        make_music(PlaysOneNote(), seconds=seconds)


def test_a_piano_player_says_that_it_cannot_follow_words():
    with pytest.raises(BadArgument) as caught:
        make_music(PlaysOneNote(), prompt="a drum solo")

    assert str(caught.value) == (
        "the model plays the piano in a mood; it cannot follow words such as 'a drum solo'\n"
        "hint: leave the prompt out and give a mood: calm, happy, sad, lively"
    )


def test_a_musician_who_follows_words_is_told_the_mood_in_words():
    class SaysNothing(Musician):
        longest_s = 5.0

        def play_prompt(self, prompt: str, seconds: float, seed: int) -> Audio:
            return Audio(np.full(round(seconds * 10), len(prompt) / 100), 10)

    sad = make_music(SaysNothing(), "sad", seconds=2)
    drums = make_music(SaysNothing(), seconds=2, prompt=" drums ")

    assert sad.samples[0, 0] == pytest.approx(len("sad piano music") / 100, abs=1e-4)
    assert drums.samples[0, 0] == pytest.approx(len("drums") / 100, abs=1e-4)
    with pytest.raises(BadArgument, match="1 to 5 are allowed"):
        make_music(SaysNothing(), "sad", seconds=6)


@pytest.mark.real
@pytest.mark.parametrize("mood", ["calm", "happy", "sad", "lively"])
def test_performance_rnn_keeps_to_the_scale_and_the_pace_it_is_asked_for(load_model, mood):
    style = STYLES[mood]
    notes = load_model("make_music/performance-rnn").compose(style, 10, seed=1)

    used = np.bincount([note.key % 12 for note in notes], minlength=12)
    in_scale = max(
        sum(used[(key + tone) % 12] for tone, use in enumerate(style.scale) if use)
        for key in range(12)
    )
    assert in_scale > 0.9 * len(notes)
    assert len(notes) / 10 == pytest.approx(style.notes_a_second, rel=0.5)
    assert notes[0].start < 0.5
    assert len({note.key for note in notes}) > 8


@pytest.mark.real
def test_performance_rnn_plays_the_same_for_the_same_seed_and_it_sounds_like_music(load_model):
    model = load_model("make_music/performance-rnn")

    music = make_music(model, "calm", seconds=6, seed=3)

    assert music.digest == make_music(model, "calm", seconds=6, seed=3).digest
    assert music.digest != make_music(model, "calm", seconds=6, seed=4).digest
    heard = classify_sound(load_model("classify_sound/yamnet"), music)
    assert heard.rows[0][0] == "Music"


@pytest.mark.real
def test_performance_rnn_stops_when_it_is_asked_to(load_model):
    stop = threading.Event()
    stop.set()

    with call_scope(CallContext(stop=stop)), pytest.raises(Cancelled):
        make_music(load_model("make_music/performance-rnn"))
