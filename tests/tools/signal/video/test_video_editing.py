import io
from fractions import Fraction

import av
import numpy as np
import pytest

from tests.tools.known_audio import tone
from tests.tools.known_videos import greys_of, plain_film
from tools import Audio, Video
from tools.library.video_editing.rotate_video import rotate_video
from tools.signal.video.video_editing import change_frames, sound_between


def film_at_times(*shown: tuple[float, int]) -> Video:
    """A film whose frames come at these seconds, each with its grey: its frame rate varies."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.pix_fmt, stream.width, stream.height = "yuv420p", 64, 48
        stream.codec_context.time_base = Fraction(1, 1_000)
        for second, grey in shown:
            pixels = np.full((48, 64, 3), grey, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(second * 1_000), Fraction(1, 1_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Video(file.getvalue())


def same(_: float, pixels: np.ndarray) -> np.ndarray:
    return pixels


def test_frames_of_a_varying_rate_keep_their_times():
    film = film_at_times((0, 0), (0.1, 50), (0.9, 100), (1.0, 150), (1.1, 200))

    steady = change_frames(film, same)

    assert steady.fps == 10
    assert greys_of(steady)[:11] == [0, *[50] * 8, 100, 150]


def test_two_channels_stay_apart():
    left, right = tone(440, 1, 48_000).samples[0], tone(880, 1, 48_000).samples[0]
    film = plain_film(*[100] * 10, sound=Audio(np.stack([left, right]), 48_000))

    sound = sound_between(rotate_video(film), 0, 1)

    assert sound
    loudest = [int(np.abs(np.fft.rfft(row)).argmax()) for row in sound.samples]
    assert loudest == [440, 880]


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0.5, 0.7), (0.9, 3), (5, 6)])
def test_a_part_of_the_sound_has_exactly_its_length(start, end):
    sound = sound_between(plain_film(*[0] * 10, sound=tone(440, 1)), start, end)

    assert sound
    assert sound.samples.shape == (1, round((end - start) * 48_000))


def test_the_second_given_is_that_of_the_frame():
    seconds: list[float] = []

    def note(second: float, pixels: np.ndarray) -> np.ndarray:
        seconds.append(second)
        return pixels

    change_frames(plain_film(0, 50, 100), note)

    assert seconds == pytest.approx([0, 0.1, 0.2])
