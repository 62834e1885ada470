"""File format detection from magic numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

FormatKind = Literal["picture", "recording", "document", "text", "other"]


@dataclass(frozen=True)
class Format:
    """A file format: its display name, the kind it opens as, and FFmpeg's demuxer if any."""

    name: str
    kind: FormatKind
    demuxer: str = ""


TEXT = Format("text", "text")
PDF = Format("a PDF document", "document")
UNKNOWN = Format("data of an unknown format", "other")
_HEIC = Format("a HEIC picture", "other")
_AVIF = Format("an AVIF picture", "picture")
_MP4 = Format("an MP4 recording", "recording", "mov")
_MP3 = Format("an MP3 sound", "recording", "mp3")
_AAC = Format("an AAC sound", "recording", "aac")
_UTF16 = Format("text in UTF-16", "other")
_OTHER_TEXT = Format("text in another encoding than UTF-8", "other")

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", Format("a PNG picture", "picture")),
    (b"\xff\xd8\xff", Format("a JPEG picture", "picture")),
    (b"GIF8", Format("a GIF picture", "picture")),
    (b"BM", Format("a BMP picture", "picture")),
    (b"II*\x00", Format("a TIFF picture", "picture")),
    (b"MM\x00*", Format("a TIFF picture", "picture")),
    (b"fLaC", Format("a FLAC sound", "recording", "flac")),
    (b"OggS", Format("an Ogg recording", "recording", "ogg")),
    (b"ID3", _MP3),
    (b"\x1aE\xdf\xa3", Format("a Matroska or WebM recording", "recording", "matroska")),
    (b"FLV\x01", Format("a Flash film", "other")),
    (b"PK\x03\x04", Format("a ZIP archive or an office document", "other")),
    (b"\x1f\x8b", Format("a gzip archive", "other")),
    (b"BZh", Format("a bzip2 archive", "other")),
    (b"\xfd7zXZ", Format("an xz archive", "other")),
    (b"7z\xbc\xaf", Format("a 7z archive", "other")),
    (b"Rar!", Format("a RAR archive", "other")),
    (b"8BPS", Format("a Photoshop document", "other")),
    (b"MThd", Format("a MIDI file, which holds notes but no sound", "other")),
    (b"SQLite format 3", Format("an SQLite database", "other")),
    (b"\x7fELF", Format("a program", "other")),
    (b"MZ", Format("a program", "other")),
    (b"\xff\xfe", _UTF16),
    (b"\xfe\xff", _UTF16),
)

_RIFF = {
    b"WEBP": Format("a WebP picture", "picture"),
    b"WAVE": Format("a WAV sound", "recording", "wav"),
    b"AVI ": Format("an AVI film", "recording", "avi"),
}

_BRANDS = {b"avif": _AVIF, b"avis": _AVIF} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), _HEIC
)

# Control characters that text never holds and the start of nearly every binary file does.
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SNIFFED_BYTES = 4096


def detect_format(data: bytes) -> Format:
    """Detect the format of a file; its content may still be damaged."""
    if data.startswith(b"%PDF-"):  # it may be all text
        return PDF
    looks_like_text = not _NOT_IN_TEXT.search(data, 0, _SNIFFED_BYTES)
    if looks_like_text and _is_utf8(data):
        return TEXT
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], _MP4)
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], UNKNOWN)
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return Format("an AIFF sound", "recording", "aiff")
    for signature, format in _SIGNATURES:
        if data.startswith(signature):
            return format
    if data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xE0 == 0xE0:
        # The frame header that MPEG sounds begin with; AAC is the one that has no layer.
        return _MP3 if data[1] & 0x06 else _AAC
    return _OTHER_TEXT if looks_like_text else UNKNOWN


def _is_utf8(data: bytes) -> bool:
    start = data[:_SNIFFED_BYTES]
    try:
        start.decode()
    except UnicodeDecodeError as error:
        # The limit may fall within a character.
        return len(data) > _SNIFFED_BYTES and error.start > _SNIFFED_BYTES - 4
    return True
