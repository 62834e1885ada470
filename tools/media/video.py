"""The video type."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

from tools.media.audio import Audio
from tools.media.base import Media

if TYPE_CHECKING:
    import numpy as np
    from av import AudioStream, VideoFrame
    from av.container import OutputContainer
    from numpy.typing import NDArray


class Video(Media):
    """A video, stored as MP4 (H.264, AAC) and decoded frame by frame on demand."""

    kind: ClassVar[str] = "video"
    suffix: ClassVar[str] = ".mp4"

    def __init__(self, encoded: bytes) -> None:
        import av

        self.encoded = encoded
        self.note = ""
        """A sentence that says how the file was changed when it was opened."""
        with av.open(io.BytesIO(encoded), "r") as container:
            stream = container.streams.video[0]
            first = next(container.decode(stream), None)
            is_rotated = first is not None and first.rotation % 180 != 0
            size = (stream.width, stream.height)
            self.width, self.height = reversed(size) if is_rotated else size
            self.fps = float(stream.average_rate or 25)
            self.seconds = (container.duration or 0) / 1_000_000

    @classmethod
    def of_frames(
        cls,
        frames: Iterable[NDArray[np.uint8]],
        fps: float,
        sound: Audio | None = None,
        *,
        preset: str = "medium",
    ) -> Self:
        """Encode frames of one size, each (height, width, 3), as a video.

        `preset` is the speed of the encoder x264.
        """
        import av
        import numpy as np

        file = io.BytesIO()
        images = iter(frames)
        first = next(images, None)
        if first is None:
            raise ValueError("a film must have at least one picture")
        # H.264 in yuv420p allows even sizes only: drop an odd last row or column.
        height, width = (size - size % 2 for size in first.shape[:2])
        with av.open(file, "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
            stream.pix_fmt = "yuv420p"
            stream.width, stream.height = width, height
            stream.options = {"crf": "18", "threads": "1", "preset": preset}
            track = add_sound_track(container, sound) if sound else None
            for pixels in itertools.chain([first], images):
                cropped = np.ascontiguousarray(pixels[:height, :width])
                container.mux(stream.encode(av.VideoFrame.from_ndarray(cropped, format="rgb24")))
            container.mux(stream.encode(None))
            if sound and track:
                encode_sound(container, track, sound)
        return cls(file.getvalue())

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """Decode the frames in order, upright: (height, width, 3) each."""
        import av

        with av.open(io.BytesIO(self.encoded), "r") as container:
            for frame in container.decode(video=0):
                yield upright(frame, frame.rotation)

    def encode(self) -> bytes:
        return self.encoded

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(data)

    def describe(self) -> str:
        text = f"a film of {self.seconds:.1f} seconds, {self.width}×{self.height} pixels"
        return f"{text}, reduced when it was opened" if self.note else text


def add_sound_track(container: OutputContainer, sound: Audio) -> AudioStream:
    """Add a track for the sound, in one channel or two."""
    layout = "stereo" if len(sound.samples) == 2 else "mono"
    return container.add_stream("aac", rate=sound.rate, layout=layout)


def encode_sound(container: OutputContainer, track: AudioStream, sound: Audio) -> None:
    """Write the sound into its track."""
    import av

    stereo = len(sound.samples) == 2
    samples = sound.samples if stereo else sound.mono(sound.rate)[None, :]
    layout = "stereo" if stereo else "mono"
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
    frame.sample_rate = sound.rate
    # With a time the encoder's delay is written down, and players skip it. Without one the sound
    # comes 1,024 samples later each time a film is encoded.
    frame.time_base, frame.pts = Fraction(1, sound.rate), 0
    container.mux(track.encode(frame))
    container.mux(track.encode(None))


def upright(frame: VideoFrame, rotation: int) -> NDArray[np.uint8]:
    """Rotate a frame counterclockwise by the stream's display-matrix angle."""
    import numpy as np

    pixels = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    return np.ascontiguousarray(np.rot90(pixels, round(rotation / 90)))
