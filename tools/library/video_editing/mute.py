"""Take the sound out of a film."""

from __future__ import annotations

import io

from tools import Video, tool
from tools.signal.video.video_copying import with_copied_frames


@tool(words="Take the sound out of {video}")
def mute(video: Video) -> Video:
    """Take the sound out of a film.

    Its pictures stay as they are; a film without sound is given back.

    >>> silent = mute(film)
    """
    import av

    with av.open(io.BytesIO(video.encoded), "r") as container:
        if not container.streams.audio:
            return video
    return with_copied_frames([video.encoded], None)
