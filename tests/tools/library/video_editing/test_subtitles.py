import numpy as np
import pytest

from tests.tools.known_videos import click_film, click_second, greys_of, plain_film, sample_film
from tools import Audio, BadArgument, Table, ToolError, Video
from tools.library.audio.spoken_lines import spoken_lines
from tools.library.audio.transcribe import Transcriber
from tools.library.text.translate_lines import translate_lines
from tools.library.video_editing.srt_of import srt_of
from tools.library.video_editing.write_subtitles import write_subtitles
from tools.sdk.text_writer import Writer
from tools.signal.video.timed_lines import COLUMNS, SpokenLine, lines_table, subtitles_of

HELLO = lines_table([SpokenLine(0.5, 1.5, "Hello."), SpokenLine(3661.25, 3662, "Goodbye.")])


class Hears(Transcriber):
    def transcribe(self, audio: Audio) -> str:
        return "One. Two."

    def lines(self, audio: Audio) -> list[SpokenLine]:
        return [SpokenLine(0, 1, "One."), SpokenLine(1, 2.5, "Two.")]


class HearsWithoutTimes(Transcriber):
    def transcribe(self, audio: Audio) -> str:
        return "One."


class Shouts(Writer):
    def write(self, instruction: str, text: str) -> str:
        assert "French" in instruction
        return f"{text.upper()}\n"


def test_a_subtitle_file_has_numbers_times_and_words():
    assert srt_of(HELLO) == (
        "1\n00:00:00,500 --> 00:00:01,500\nHello.\n\n2\n01:01:01,250 --> 01:01:02,050\nGoodbye.\n"
    )


def test_long_words_are_split_into_subtitles_of_two_lines():
    words = (
        "This sentence is far too long for one subtitle, so it is split behind the comma, "
        "and whoever reads it has time for each of the parts of which it is made."
    )

    blocks = srt_of(lines_table([SpokenLine(0, 10, words)])).strip().split("\n\n")

    times = [block.splitlines()[1] for block in blocks]
    texts = [block.splitlines()[2:] for block in blocks]
    assert len(blocks) == 2
    assert times[0].endswith(times[1][:12])
    assert times[1].endswith("00:00:10,000")
    assert " ".join(line for text in texts for line in text) == words
    assert texts[0][-1].endswith("comma,")
    assert all(len(line) <= 42 for text in texts for line in text)


def test_short_words_stay_long_enough_to_be_read_and_never_overlap_the_next():
    lines = [SpokenLine(0, 0.1, "Yes."), SpokenLine(0.5, 0.6, "No."), SpokenLine(5, 5.2, "Oh.")]

    assert [(line.start, round(line.end, 2)) for line in subtitles_of(lines)] == [
        (0, 0.5),
        (0.5, 1.3),
        (5, 5.8),
    ]


def test_what_is_said_in_a_film_comes_with_its_times():
    film = click_film(0, 0, 0, at=0.1)

    assert spoken_lines(Hears(), film).rows == ((0, 1, "One."), (1, 2.5, "Two."))


def test_a_film_without_sound_has_no_lines():
    assert spoken_lines(Hears(), plain_film(0)).rows == ()


def test_a_model_without_times_says_so():
    with pytest.raises(ToolError, match="HearsWithoutTimes does not say when words are spoken"):
        spoken_lines(HearsWithoutTimes(), click_film(0, 0, at=0.1))


def test_a_translation_keeps_the_times():
    assert translate_lines(Shouts(), HELLO, "French").rows == (
        (0.5, 1.5, "HELLO."),
        (3661.25, 3662, "GOODBYE."),
    )


def test_subtitles_are_seen_while_the_words_are_said_at_the_bottom():
    film = write_subtitles(click_film(*[100] * 20, at=1), HELLO)

    white = [int((pixels > 200).all(axis=2).sum()) for pixels in film.frames()]
    assert [pixels > 0 for pixels in white] == [False] * 5 + [True] * 10 + [False] * 5
    shown = list(film.frames())[8]
    rows = np.flatnonzero((shown > 200).all(axis=2).any(axis=1))
    assert rows.min() > 24
    assert (shown[rows.min() - 1 : rows.max() + 2] < 40).all(axis=2).any()  # the outline
    assert click_second(film) == pytest.approx(1, abs=0.003)


@pytest.mark.parametrize("size", [(2, 2), (16, 300), (640, 16)])
def test_subtitles_can_be_written_into_a_film_of_any_size(size):
    film = Video.of_frames([np.zeros((size[1], size[0], 3), np.uint8)] * 10, 10)
    long = lines_table([SpokenLine(0, 1, "A rather long sentence for such a small film " * 3)])

    written = write_subtitles(film, long)

    assert (written.width, written.height) == size


@pytest.mark.parametrize("make", [srt_of, lambda lines: write_subtitles(plain_film(0), lines)])
@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table(COLUMNS, ()), "nothing is said in the film"),
        (Table(COLUMNS, ((0, 1, "  "),)), "nothing is said in the film"),
        (Table(("a",), ()), "the table has the columns a; what is said has from second,"),
        (Table(COLUMNS, ((2, 1, "x"),)), "there is no time from second 2 to 1"),
        (Table(COLUMNS, (("soon", 1, "x"),)), "'soon' to 1 are not two seconds"),
        (Table(COLUMNS, ((0, float("nan"), "x"),)), "there is no time from second 0 to nan"),
    ],
)
def test_lines_without_words_or_times_are_refused(make, table, message):
    with pytest.raises(BadArgument) as caught:
        make(table)

    assert caught.value.message.startswith(message)


@pytest.mark.real
def test_whisper_hears_the_sentence_with_its_times(load_model):
    ((start, end, words),) = spoken_lines(
        load_model("transcribe/whisper-tiny-en"), sample_film()
    ).rows

    assert words == "The concert begins at 8 o'clock."
    assert 0 <= start < 0.5
    assert 1.5 < end < 2.5


@pytest.mark.real
def test_whisper_hears_nothing_in_a_silent_film(load_model):
    film = plain_film(*[0] * 20, sound=Audio(np.zeros(32_000), 16_000))

    assert spoken_lines(load_model("transcribe/whisper-tiny-en"), film).rows == ()
    assert greys_of(film) == [0] * 20
