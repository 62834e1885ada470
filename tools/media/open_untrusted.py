"""Open an untrusted file: an image, audio, video, document or text, detected by content.

A file may be malicious: nothing is read beyond the limits, sizes are checked before anything is
decompressed, no file can refer to another, and metadata such as location, owner and camera is
dropped. Everything but text is decoded in another process: see tools/media/isolated/.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from tools.errors import InputError
from tools.media.base import Media
from tools.media.document import Document
from tools.media.formats import TEXT, detect_format
from tools.media.image import Image
from tools.media.media_limits import LIMITS, Limits

_MEDIA_SUFFIX = re.compile(
    r"\.(png|jpe?g|gif|webp|bmp|tiff?|avif|heic|svg|wav|mp3|flac|og[ag]|opus|m4a|aac|aiff?|mp4|mov|mkv"
    r"|webm|avi)$",
    re.IGNORECASE,
)

_SUPPORTED_FORMATS = (
    "PNG, JPEG, GIF, WebP, AVIF, BMP and TIFF pictures; WAV, MP3, FLAC, Ogg, AAC and AIFF sounds; "
    "MP4, WebM, Matroska and AVI films; PDF documents; text in UTF-8"
)


def open_media(source: Path | bytes, name: str = "", limits: Limits = LIMITS) -> Media | str:
    """Open a file as a medium or text; InputError if it cannot be used.

    A document is opened as its text, or as an image of its page if it is a scan.

    `name` is the user's name for the file; its extension does not decide the format.
    """
    name = name or (source.name if isinstance(source, Path) else "upload")
    data = source if isinstance(source, bytes) else _read(source, limits)
    if not data:
        raise InputError(f"{name!r} is empty: it has 0 bytes", hint="give a file with content")
    if len(data) > limits.file_bytes:
        raise _too_large(name, len(data), limits)
    format = detect_format(data)
    if format == TEXT:
        return _open_text(data, name, limits)
    if format.kind != "other":
        from tools.media.isolated.pool import decode_isolated

        decoded = decode_isolated(data, name, format, limits)
        return Document(data, decoded) if isinstance(decoded, int) else decoded
    raise InputError(
        f"{name!r} holds {format.name}, which cannot be opened; allowed are {_SUPPORTED_FORMATS}",
        hint="save or export it in one of these formats",
    )


def open_folder(folder: Path, limits: Limits = LIMITS) -> list[Image]:
    """Open the images in a folder, sorted by name; InputError if there are none.

    Other files are ignored.
    """
    images: list[Image] = []
    for path in sorted(folder.expanduser().iterdir()):
        if not path.is_file() or not _is_image(path):
            continue
        if len(images) == limits.folder_pictures:
            raise InputError(
                f"'{folder}' holds more than {limits.folder_pictures} pictures",
                hint="give a folder with fewer, or some of the files in it",
            )
        image = open_media(path, limits=limits)
        if isinstance(image, Image):
            images.append(image)
    if not images:
        raise InputError(
            f"the folder '{folder}' holds no picture",
            hint="give a folder of pictures, or the files in it",
        )
    return images


def _is_image(path: Path) -> bool:
    with path.open("rb") as file:
        return detect_format(file.read(4096)).kind == "picture"


def _read(path: Path, limits: Limits) -> bytes:
    path = path.expanduser()
    path_text = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{path_text!r} is a folder, not a file", hint="give the files in it")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(
                f"{path_text!r} is a device or a pipe, not a file",
                hint="save its content as a file",
            )
        if status.st_size > limits.file_bytes:
            raise _too_large(path_text, status.st_size, limits)
        with path.open("rb") as file:
            return file.read(limits.file_bytes + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            f"there is no file {path_text!r}", hint="check its name and place"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise InputError(
            f"{path_text!r} cannot be read: {error}", hint="check its name and permissions"
        ) from error


def _open_text(data: bytes, name: str, limits: Limits) -> str:
    if suffix := _MEDIA_SUFFIX.search(name):
        raise InputError(
            f"{name!r} ends in {suffix[0]!r} but holds text that begins with "
            f"{data[:40].decode(errors='replace')!r}",
            hint="give the file that was meant, or rename it to .txt if the text was",
        )
    if len(data) > limits.text_bytes:
        raise InputError(
            f"the text {name!r} has {len(data):,} bytes; {limits.text_bytes:,} are allowed",
            hint="give the part of it that matters",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name!r} is not text in UTF-8: byte {error.start:,} is {data[error.start]:#04x}",
            hint="save it as UTF-8",
        ) from error
    if "\0" in text:
        raise InputError(
            f"{name!r} begins like text but goes on with binary data",
            hint="give a file that is all text",
        )
    return text


def _too_large(name: str, size: int, limits: Limits) -> InputError:
    return InputError(
        f"{name!r} has {size:,} bytes; {limits.file_bytes:,} are allowed",
        hint="give a shorter, smaller or more compressed version",
    )
