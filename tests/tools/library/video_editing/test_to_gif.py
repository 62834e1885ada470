import io

import PIL.Image
import pytest

from tests.tools.known_videos import plain_film
from tools import BadArgument, Image, Video
from tools.library.video_editing.to_gif import to_gif


def frames_of_gif(image: Image) -> list[tuple[int, int]]:
    """The shade in the middle of each frame, to the nearest ten, and for how many milliseconds."""
    shown: list[tuple[int, int]] = []
    with PIL.Image.open(io.BytesIO(image.encode())) as gif:
        for number in range(gif.n_frames):
            gif.seek(number)
            middle = gif.convert("RGB").getpixel((gif.width // 2, gif.height // 2))
            shown.append((round(middle[0], -1), gif.info["duration"]))
    return shown


def test_a_film_becomes_a_gif_of_the_same_frames_and_length():
    gif = to_gif(plain_film(0, 50, 100, 150, 200))

    assert gif.encode()[:6] == b"GIF89a"
    assert gif.file_suffix == ".gif"
    assert frames_of_gif(gif) == [(0, 100), (50, 100), (100, 100), (150, 100), (200, 100)]


def test_it_repeats_for_ever():
    with PIL.Image.open(io.BytesIO(to_gif(plain_film(0, 200)).encode())) as gif:
        assert gif.info["loop"] == 0


def test_a_high_frame_rate_is_lowered():
    gif = to_gif(plain_film(*range(0, 200, 4), fps=50))

    assert [duration for _, duration in frames_of_gif(gif)] == [80] * 13


@pytest.mark.parametrize(("width", "size"), [(32, (32, 24)), (480, (64, 48)), (2, (2, 2))])
def test_it_is_as_wide_as_asked_for_and_never_wider_than_the_film(width, size):
    assert to_gif(plain_film(0, 200), width).size == size


def test_a_film_of_one_frame_becomes_a_gif_of_one():
    gif = to_gif(plain_film(100))

    assert gif.pixels.mode == "RGB"
    assert gif.pixels.getpixel((5, 5))[0] == pytest.approx(100, abs=4)


def test_its_first_frame_is_what_other_tools_see():
    gif = Image.decode(to_gif(plain_film(200, 0)).encode())

    assert gif.array()[24, 32].tolist() == pytest.approx([200] * 3, abs=4)
    assert gif.map(lambda pixels: pixels).file_suffix == ".png"


def test_a_long_film_gets_fewer_frames_a_second():
    gif = to_gif(plain_film(*[0, 100] * 250, fps=10))

    assert sum(duration for _, duration in frames_of_gif(gif)) == pytest.approx(50_000, rel=0.05)


@pytest.mark.parametrize(
    ("film", "width", "message"),
    [
        (plain_film(0), 0, "width is 0; 2 to 1000 are allowed"),
        (plain_film(0), 1_001, "width is 1001; 2 to 1000 are allowed"),
        (
            plain_film(*[0] * 101, fps=1),
            100,
            "the film lasts 101 seconds; 100 are allowed for a GIF",
        ),
    ],
)
def test_what_makes_no_gif_is_refused(film: Video, width, message):
    with pytest.raises(BadArgument) as caught:
        to_gif(film, width)

    assert caught.value.message == message
