"""Limits on the size of user files."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits for one file.

    `seconds` applies to audio and video, `pixels` to an image, `pages` to a document.
    The others count all frames of a video together. Up to `checked_video_pixels`, an MP4 with a
    common codec is used as it is once every frame was decoded. Up to `encoded_video_pixels`, any
    other video is encoded as MP4, which takes ten times as long. Larger ones are reduced to
    `reduced_video_pixels`: smaller frames, and fewer of them. More than `video_pixels` are refused.
    """

    file_bytes: int = 200_000_000
    text_bytes: int = 1_000_000
    pixels: int = 50_000_000
    seconds: float = 3_600
    video_pixels: int = 8_000_000_000
    checked_video_pixels: int = 1_500_000_000
    encoded_video_pixels: int = 250_000_000
    reduced_video_pixels: int = 300_000_000
    folder_pictures: int = 200
    pages: int = 200


LIMITS = Limits()
