"""Open untrusted audio and video files, without metadata."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tools.errors import InputError
from tools.media.audio import Audio
from tools.media.formats import Format
from tools.media.isolated.bounds import MAX_RATE
from tools.media.media_limits import Limits
from tools.media.video import Video, upright

if TYPE_CHECKING:
    import numpy as np
    from av import AudioFrame, AudioStream, VideoStream
    from av.container import InputContainer
    from numpy.typing import NDArray

MAX_FPS = 60.0

_REMUXED_VIDEO_CODECS = frozenset({"h264", "hevc", "av1", "vp9"})
_REMUXED_AUDIO_CODECS = frozenset({"aac", "mp3", "opus"})
_LARGEST_RIFF = 2**31 - 1
"""Programs that write to a pipe state a larger size, since they do not know it."""

_EXACT_DURATION = frozenset({"mov", "matroska", "flac", "aiff"})
"""Containers that state their duration; for others FFmpeg estimates it from the size."""


def open_recording(data: bytes, name: str, format: Format, limits: Limits) -> Audio | Video:
    """Decode a video, or audio if the file has no video stream."""
    from av.error import FFmpegError

    try:
        return _Recording(data, name, format, limits).open()
    except MemoryError:
        raise
    # FFmpeg's own errors, and those that PyAV raises for nonsensical values.
    except (FFmpegError, ValueError, ArithmeticError, LookupError) as error:
        reason = error.strerror if isinstance(error, FFmpegError) else error
        raise InputError(
            f"{name!r} begins like {format.name} but is damaged or cut short: {reason}",
            hint="save or download it again",
        ) from error


@dataclass(frozen=True)
class _Recording:
    data: bytes
    name: str
    format: Format
    limits: Limits

    def open(self) -> Audio | Video:
        self._check_riff()
        with self._container() as container:
            stated = (container.duration or 0) / 1_000_000
            self._check_length(stated)
            video_stream, audio_stream = _video_stream(container), _audio_stream(container)
            if video_stream:
                medium = self._video(container, video_stream, audio_stream)
            elif audio_stream:
                medium = self._audio(container, audio_stream)
            else:
                raise InputError(
                    f"{self.name!r} holds neither sound nor pictures that can be decoded",
                    hint="give another file, or save it in another format",
                )
            if self.format.demuxer in _EXACT_DURATION:
                self._check_complete(medium.seconds, stated, "seconds")
            return medium

    def _check_riff(self) -> None:
        """Check the size that a RIFF file states, which FFmpeg ignores."""
        stated = int.from_bytes(self.data[4:8], "little")
        if self.data.startswith(b"RIFF") and stated <= _LARGEST_RIFF:
            self._check_complete(len(self.data), stated, "bytes")

    def _check_complete(self, actual: float, stated: float, unit: str) -> None:
        if actual < 0.9 * stated:
            raise InputError(
                f"{self.name!r} is cut short: "
                f"{round(actual, 1):,} of its {round(stated, 1):,} {unit} are there",
                hint="save or download it again",
            )

    def _container(self) -> InputContainer:
        import av

        # Name the demuxer: when probing, FFmpeg also accepts playlists that open other URLs.
        return av.open(io.BytesIO(self.data), "r", format=self.format.demuxer)

    def _audio(self, container: InputContainer, audio_stream: AudioStream) -> Audio:
        import numpy as np

        rate = min(audio_stream.rate or MAX_RATE, MAX_RATE)
        chunks: list[NDArray[np.float32]] = []
        length = 0
        for chunk in _samples(container, audio_stream, rate):
            chunks.append(chunk)
            length += chunk.shape[1]
            self._check_length(length / rate)
        if not length:
            raise InputError(
                f"the sound {self.name!r} has a length of 0 seconds",
                hint="give one that can be heard",
            )
        return Audio(np.concatenate(chunks, axis=1), rate)

    def _video(
        self, container: InputContainer, video_stream: VideoStream, audio_stream: AudioStream | None
    ) -> Video:
        if video_stream.width * video_stream.height > self.limits.pixels:
            raise InputError(
                f"{self.name!r} has pictures of "
                f"{video_stream.width:,}×{video_stream.height:,} pixels; "
                f"{self.limits.pixels:,} are allowed",
                hint="give a smaller version",
            )
        stated = round(
            _frame_count(container, video_stream) * video_stream.width * video_stream.height
        )
        self._check_pixels(stated)
        if stated > self._full_quality_pixels(video_stream, audio_stream):
            return self._reduce(container, video_stream, audio_stream, stated)
        if self._can_remux(video_stream, audio_stream):
            video = Video(
                _remux(container, [video_stream, audio_stream] if audio_stream else [video_stream])
            )
            frames = self._decode_all(video)
        else:
            video = self._reencode(container, video_stream, audio_stream)
            frames = len(list(itertools.islice(video.frames(), 1)))
        if not frames:
            raise InputError(f"the film {self.name!r} has no pictures", hint="give another file")
        return video

    def _full_quality_pixels(
        self, video_stream: VideoStream, audio_stream: AudioStream | None
    ) -> int:
        """Return how many pixels of all frames together a video may have to stay as it is."""
        if self._can_remux(video_stream, audio_stream):
            return self.limits.checked_video_pixels
        return self.limits.encoded_video_pixels

    def _can_remux(self, video_stream: VideoStream, audio_stream: AudioStream | None) -> bool:
        return (
            # Matroska omits decoding timestamps that MP4 requires.
            self.format.demuxer == "mov"
            and video_stream.codec_context.name in _REMUXED_VIDEO_CODECS
            and (not audio_stream or audio_stream.codec_context.name in _REMUXED_AUDIO_CODECS)
        )

    def _decode_all(self, video: Video) -> int:
        """Decode every frame here, as tools will do in the parent; return how many there are."""
        import av
        from av.error import FFmpegError

        count = pixels = 0
        with av.open(io.BytesIO(video.encoded), "r") as container:
            try:
                for frame in container.decode(video=0):
                    count += 1
                    pixels += frame.width * frame.height
                    self._check_pixels(pixels)
            except MemoryError:
                raise
            except FFmpegError:
                return count  # frames before a damaged part are usable
        return count

    def _check_pixels(self, pixels: int) -> None:
        """Refuse more pixels in all frames together than are allowed."""
        if pixels > self.limits.video_pixels:
            raise InputError(
                f"the frames of {self.name!r} have {pixels:,} pixels or more in all; "
                f"{self.limits.video_pixels:,} are allowed",
                hint="give a part of it, or a smaller version",
            )

    def _reencode(
        self, container: InputContainer, video_stream: VideoStream, audio_stream: AudioStream | None
    ) -> Video:
        sound = self._audio_of_video(audio_stream)
        fps = min(float(video_stream.average_rate or 25), MAX_FPS)

        def frames() -> Iterator[NDArray[np.uint8]]:
            for count, frame in enumerate(container.decode(video_stream)):
                self._check_length(count / fps)
                pixels = count * video_stream.width * video_stream.height
                self._check_pixels(pixels)
                # A stream may change its frame size; an encoded video has one.
                same_size = frame.reformat(video_stream.width, video_stream.height)
                yield upright(same_size, frame.rotation)

        return Video.of_frames(frames(), fps, sound)

    def _audio_of_video(self, audio_stream: AudioStream | None) -> Audio | None:
        if audio_stream is None:
            return None
        with self._container() as container:
            return self._audio(
                container, cast("AudioStream", container.streams[audio_stream.index])
            )

    def _reduce(
        self,
        container: InputContainer,
        video_stream: VideoStream,
        audio_stream: AudioStream | None,
        stated: int,
    ) -> Video:
        """Encode a large video with smaller frames, and fewer of them."""
        from tools.media.video_reduction import Reduction, reduced_frames

        fps = float(video_stream.average_rate or 25)
        frame_count = stated // (video_stream.width * video_stream.height)
        reduction = Reduction.of(
            video_stream.width,
            video_stream.height,
            min(fps, MAX_FPS),
            frame_count / fps,
            self.limits.reduced_video_pixels,
        )
        frames = reduced_frames(container, video_stream, reduction, self._check_decoded)
        video = Video.of_frames(
            frames, reduction.fps, self._audio_of_video(audio_stream), preset="veryfast"
        )
        video.note = (
            f"{self.name!r} is large ({frame_count:,} frames of "
            f"{video_stream.width:,}×{video_stream.height:,} pixels), so it is used at "
            f"{video.width:,}×{video.height:,} pixels with {reduction.fps:.1f} frames a second"
        )
        return video

    def _check_decoded(self, seconds: float, pixels: int) -> None:
        self._check_length(seconds)
        self._check_pixels(pixels)

    def _check_length(self, seconds: float) -> None:
        if seconds > self.limits.seconds:
            raise InputError(
                f"{self.name!r} lasts {seconds:,.0f} seconds or more; "
                f"{self.limits.seconds:,.0f} are allowed",
                hint="give a part of it",
            )


def _video_stream(container: InputContainer) -> VideoStream | None:
    from av.stream import Disposition

    for stream in container.streams.video:
        cover = stream.disposition & Disposition.attached_pic  # of an album
        if _decodable(stream) and not cover:
            return stream
    return None


def _frame_count(container: InputContainer, video_stream: VideoStream) -> float:
    """Return the number of frames that the file states or implies."""
    seconds = (container.duration or 0) / 1_000_000
    return video_stream.frames or seconds * float(video_stream.average_rate or 25)


def _audio_stream(container: InputContainer) -> AudioStream | None:
    return next(filter(_decodable, container.streams.audio), None)


def _decodable(stream: VideoStream | AudioStream) -> bool:
    # PyAV's types do not say that a stream of an unknown codec has no context.
    return cast("object", stream.codec_context) is not None


def _samples(
    container: InputContainer, audio_stream: AudioStream, rate: int
) -> Iterator[NDArray[np.float32]]:
    """Decode the audio in one or two channels, in chunks of (channels, samples)."""
    import av
    import numpy as np

    layout = "mono" if audio_stream.channels == 1 else "stereo"
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
    for frame in _frames(container, audio_stream):
        for chunk in resampler.resample(frame):
            yield chunk.to_ndarray().astype(np.float32, copy=False)


def _frames(container: InputContainer, audio_stream: AudioStream) -> Iterator[AudioFrame | None]:
    """Decode the valid packets, then yield None, which flushes a resampler."""
    from av.error import InvalidDataError

    for packet in container.demux(audio_stream):
        try:
            yield from packet.decode()
        except InvalidDataError:
            continue  # one damaged packet is a click; the total length is checked at the end
    yield None


def _remux(container: InputContainer, streams: list[VideoStream | AudioStream]) -> bytes:
    """Remux the streams into an MP4 without re-encoding and without metadata."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        copies = {stream.index: output.add_stream_from_template(stream) for stream in streams}
        for packet in container.demux(streams):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                output.mux(packet)
    return file.getvalue()
