"""How much of anything is accepted from a person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most that one file may hold.

    `seconds` are of a sound or film, `pixels` of a picture, `pages` of a document.
    """

    file_bytes: int = 200_000_000
    text_bytes: int = 1_000_000
    pixels: int = 50_000_000
    seconds: float = 3_600
    folder_pictures: int = 200
    pages: int = 200


LIMITS = Limits()
