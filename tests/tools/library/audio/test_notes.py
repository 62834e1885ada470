import numpy as np
import pytest

from tests.tools.known_audio import silence, tone
from tools import Audio, BadArgument, Image, Table
from tools.library.audio.notes import NoteFinder, notes
from tools.library.audio.piano_roll import piano_roll
from tools.signal.music.note_decoding import FRAME, RATE, decode_notes
from tools.signal.music.note_tables import COLUMNS, key_name, notes_of, notes_table
from tools.signal.music.piano_synth import RATE as PIANO_RATE
from tools.signal.music.piano_synth import Note, render_notes

SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


class Hears(NoteFinder):
    def notes(self, audio: Audio) -> list[Note]:
        return [Note(61, 1, 2, 0.5), Note(60, 0.25, 1, 0.9)]


def test_notes_are_written_down_in_order_of_time():
    assert notes(Hears(), tone(440, 1)) == Table(
        COLUMNS, ((0.25, 1, "C4", 0.9), (1, 2, "C#4", 0.5))
    )


def test_a_sound_of_no_length_is_refused():
    with pytest.raises(BadArgument, match="a length of 0 seconds"):
        notes(Hears(), silence(0))


@pytest.mark.parametrize(("key", "name"), [(60, "C4"), (69, "A4"), (21, "A0"), (108, "C8")])
def test_keys_have_the_names_that_people_use(key, name):
    assert key_name(key) == name
    assert notes_of(notes_table([Note(key, 0, 1, 1)]))[0].key == key


def sounding(*spans: tuple[int, int, int]) -> np.ndarray:
    """How sure it is of 88 keys in 200 frames: sure of a key between two of them."""
    frames = np.zeros((200, 88), np.float32)
    for key, start, end in spans:
        frames[start:end, key - 21] = 0.8
    return frames


def in_frames(found: list[Note]) -> list[tuple[int, int, int]]:
    return sorted(
        (note.key, round(note.start * RATE / FRAME), round(note.end * RATE / FRAME))
        for note in found
    )


def test_a_note_lasts_while_its_key_sounds():
    struck = np.zeros((200, 88), np.float32)
    struck[20, 60 - 21] = 0.9

    assert in_frames(decode_notes(sounding((60, 20, 80)), struck)) == [(60, 20, 80)]


def test_a_key_that_is_struck_again_is_two_notes():
    struck = np.zeros((200, 88), np.float32)
    struck[20, 60 - 21] = struck[60, 60 - 21] = 0.9

    assert in_frames(decode_notes(sounding((60, 20, 100)), struck)) == [
        (60, 20, 60),
        (60, 60, 100),
    ]


def test_a_note_that_nothing_strikes_is_found_and_a_short_one_is_not():
    assert in_frames(decode_notes(sounding((50, 10, 60), (70, 5, 12)), sounding())) == [
        (50, 10, 60)
    ]


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_so_few_frames_hold_no_note(frames):
    nothing = np.zeros((frames, 88), np.float32)

    assert decode_notes(nothing, nothing) == []


def column(image: Image, x: int) -> np.ndarray:
    return image.array()[:, x].astype(int)


def test_a_higher_note_is_drawn_higher_and_a_later_one_further_to_the_right():
    image = piano_roll(notes_table([Note(60, 0, 1, 0.5), Note(72, 1, 2, 0.5)]))

    assert image.width == 44 + 200 + 1
    first, second = (np.flatnonzero(column(image, x)[:, 0] < 120) for x in (94, 194))
    assert len(first) == len(second) == 12
    assert first.mean() - second.mean() == pytest.approx(12 * 14)


def test_a_surer_note_is_darker():
    image = piano_roll(notes_table([Note(60, 0, 1, 0.1), Note(60, 1, 2, 0.9)]))

    unsure, sure = (np.sort(column(image, x)[:, 0])[5] for x in (94, 194))
    assert sure < unsure


def test_long_music_fits_into_a_picture():
    image = piano_roll(notes_table([Note(60, 0, 1, 0.5), Note(60, 3_000, 3_600, 0.5)]))

    assert image.width <= 4_001


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table(COLUMNS, ()), "the table holds no notes"),
        (Table(("a",), ()), "the table has the columns a; notes have from second"),
        (
            Table(COLUMNS, ((0, 1, "H4", 0.5),)),
            "(0, 1, 'H4', 0.5) is not a note: 'H4' names",
        ),
        (Table(COLUMNS, ((1, 0, "C4", 0.5),)), "(1, 0, 'C4', 0.5) is not a note: it needs"),
        (Table(COLUMNS, ((0, float("inf"), "C4", 0.5),)), "(0, inf, 'C4', 0.5) is not a note"),
        (Table(COLUMNS, (("a", 1, "C4", 0.5),)), "('a', 1, 'C4', 0.5) is not a note"),
    ],
)
def test_what_is_no_notes_is_not_drawn(table, message):
    with pytest.raises(BadArgument) as caught:
        piano_roll(table)

    assert caught.value.message.startswith(message)


@pytest.mark.real
def test_a_scale_on_the_piano_is_heard_note_by_note(load_model):
    music = [Note(key, index / 2, index / 2 + 0.45, 0.7) for index, key in enumerate(SCALE)]
    # Longer than one window of the network.
    again = [Note(note.key, note.start + 5, note.end + 5, 0.7) for note in music]
    audio = Audio(render_notes([*music, *again], 10), PIANO_RATE)

    found = notes_of(notes(load_model("notes/basic-pitch"), audio))

    assert [note.key for note in found if note.loudness > 0.6] == SCALE * 2
    starts = [note.start for note in found if note.loudness > 0.6]
    assert starts == pytest.approx([n.start for n in (*music, *again)], abs=0.06)


@pytest.mark.real
def test_nothing_is_played_in_silence(load_model):
    model = load_model("notes/basic-pitch")

    assert notes(model, silence(1)).rows == ()
    assert notes(model, Audio(np.zeros(1), 16_000)).rows == ()
