"""The recording of the chat: its frames and its file."""

from pathlib import Path

import PIL.Image

from evals.pages.chat_recording import SIZE, GifFrame, frames_of, write_gif


def page(colour: str) -> PIL.Image.Image:
    return PIL.Image.new("RGB", SIZE, colour)


def test_equal_images_are_one_frame_and_long_waits_are_cut_to_a_second() -> None:
    images = [
        (0.0, page("red")),
        (0.2, page("red")),
        (0.5, page("blue")),
        (60.0, page("green")),
        (70.0, page("green")),
    ]

    frames = frames_of(images, reading_times=[62.0])

    assert [frame.image.getpixel((0, 0)) for frame in frames] == [
        (255, 0, 0),
        (0, 0, 255),
        (0, 128, 0),
    ]
    assert [frame.seconds for frame in frames] == [0.5, 1.0, 2.5]


def test_the_file_repeats_and_shows_each_frame_for_its_time(tmp_path: Path) -> None:
    write_gif([GifFrame(page("red"), 0.5), GifFrame(page("blue"), 1.0)], tmp_path / "chat.gif")

    with PIL.Image.open(tmp_path / "chat.gif") as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"]) == (2, SIZE, 0)
        assert gif.info["duration"] == 500
        gif.seek(1)
        assert gif.info["duration"] == 1000
        assert gif.convert("RGB").getpixel((5, 5)) == (0, 0, 255)
