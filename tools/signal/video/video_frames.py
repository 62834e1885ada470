"""Read frames and audio of a video; fit them to a size."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.media import Audio, Image, Video
from tools.sdk.call_context import check_stop

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image
    from numpy.typing import NDArray

AUDIO_RATE = 48_000


@dataclass(frozen=True)
class Frame:
    """A video frame and its time."""

    second: float
    image: Image


def video_duration(video: Video) -> float:
    """Return the duration of the video stream; the audio may be longer."""
    import av

    with av.open(io.BytesIO(video.encoded), "r") as container:
        stream = container.streams.video[0]
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
    return video.seconds


def read_frames(video: Video) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Yield all frames (height, width, 3) with their times; can be stopped."""
    for number, pixels in enumerate(video.frames()):
        check_stop()
        yield number / video.fps, pixels


def frames_at(video: Video, seconds: Iterable[float]) -> Iterator[Frame]:
    """Yield the frames at ascending times, until the video ends."""
    import PIL.Image

    times = iter(seconds)
    next_time = next(times, None)
    for second, pixels in read_frames(video):
        # A frame lasts until the next one, up to rounding errors.
        while next_time is not None and second + 1 / video.fps > next_time + 1e-6:
            yield Frame(round(second, 3), Image(PIL.Image.fromarray(pixels)))
            next_time = next(times, None)
        if next_time is None:
            return


def extract_audio(video: Video) -> Audio | None:
    """Extract the audio as mono; None if the video has none."""
    import av
    import numpy as np

    with av.open(io.BytesIO(video.encoded), "r") as container:
        if not container.streams.audio:
            return None
        resampler = av.AudioResampler(format="flt", layout="mono", rate=AUDIO_RATE)
        chunks: list[NDArray[np.float32]] = []
        for frame in container.decode(audio=0):
            check_stop()
            chunks += [resampled.to_ndarray()[0] for resampled in resampler.resample(frame)]
        chunks += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    return Audio(np.concatenate(chunks), AUDIO_RATE) if chunks else None


def fit_image(image: PIL.Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize the image and pad it with black: (height, width, 3)."""
    import numpy as np
    import PIL.ImageOps

    if image.size == size:
        return np.asarray(image)
    return np.asarray(PIL.ImageOps.pad(image, size, color="black"))


def fit_duration(audio: Audio | None, seconds: float, rate: int) -> NDArray[np.float32]:
    """Return mono samples of that duration, cut off or padded with silence."""
    import numpy as np

    length = round(seconds * rate)
    samples = audio.mono(rate)[:length] if audio else np.zeros(0, np.float32)
    return np.pad(samples, (0, length - len(samples)))
