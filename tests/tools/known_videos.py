"""Films whose every picture is known."""

import numpy as np

from tools import Audio, Video
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES
from tools.signal.video.video_frames import extract_audio

SIZE = (64, 48)


def plain_film(*greys: int, fps: float = 10, sound: Audio | None = None) -> Video:
    """One picture for each shade of grey."""
    return Video.of_frames(
        (np.full((*SIZE[::-1], 3), grey, np.uint8) for grey in greys), fps, sound
    )


def greys_of(video: Video) -> list[int]:
    """The shade in the middle of each picture, to the nearest ten: encoding changes it a little."""
    return [round(int(pixels[24, 32, 0]), -1) for pixels in video.frames()]


def sample_film() -> Video:
    opened = open_media(SAMPLES["film"])
    assert isinstance(opened, Video)
    return opened


def click_film(*greys: int, at: float, fps: float = 10) -> Video:
    """Such a film with a short click in its sound at that second."""
    samples = np.zeros(round(len(greys) / fps * 48_000), np.float32)
    samples[round(at * 48_000) :][:30] = 0.9
    return plain_film(*greys, fps=fps, sound=Audio(samples, 48_000))


def click_second(video: Video) -> float:
    """When the click is heard."""
    sound = extract_audio(video)
    assert sound
    return float(np.abs(sound.samples[0]).argmax() / sound.rate)
