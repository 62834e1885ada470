"""Limits on the size of user files."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits for one file.

    `seconds` applies to audio and video, `pixels` to an image, `pages` to a document.
    `video_pixels` counts all frames together: decoding 20 billion takes about a minute. Encoding
    takes ten times as long, and is needed for everything but MP4 with a common codec.
    """

    file_bytes: int = 200_000_000
    text_bytes: int = 1_000_000
    pixels: int = 50_000_000
    seconds: float = 3_600
    video_pixels: int = 20_000_000_000
    encoded_video_pixels: int = 2_000_000_000
    folder_pictures: int = 200
    pages: int = 200


LIMITS = Limits()
