"""Put encoded frames into another film as they are: nothing is lost, and it takes no time."""

from __future__ import annotations

import io
from collections.abc import Sequence

from tools.media import Audio, Video
from tools.media.video import add_sound_track, encode_sound


def with_copied_frames(films: Sequence[bytes], sound: Audio | None) -> Video:
    """Return the film that shows the frames of films one after the other, with this sound.

    The films are encoded alike: in one size, at one frame rate, with the same options.
    """
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        copy = track = None
        seconds = 0.0
        delay = max(map(_decoding_delay, films))
        for film in films:
            with av.open(io.BytesIO(film), "r") as container:
                pictures = container.streams.video[0]
                if copy is None:
                    copy = output.add_stream_from_template(pictures)
                    track = add_sound_track(output, sound) if sound else None
                base = float(pictures.time_base or 1)
                shift = round(seconds / base)
                # Decoding times rise by one frame from film to film: all get the same delay.
                earlier = round((delay - _decoding_delay(film)) / base)
                for packet in container.demux(pictures):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts += shift
                    packet.dts += shift - earlier
                    packet.stream = copy
                    output.mux(packet)
                seconds += (pictures.duration or 0) * base
        if sound and track:
            encode_sound(output, track, sound)
    return Video(file.getvalue())


def _decoding_delay(film: bytes) -> float:
    """Return how many seconds the first frame is decoded before it is shown."""
    import av

    with av.open(io.BytesIO(film), "r") as container:
        pictures = container.streams.video[0]
        packet = next(container.demux(pictures))
        return float(((packet.pts or 0) - (packet.dts or 0)) * (pictures.time_base or 1))
