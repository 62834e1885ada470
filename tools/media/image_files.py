"""Open untrusted image files: upright, in RGB or RGBA, without metadata."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from tools.errors import InputError
from tools.media.image import Image
from tools.media.media_limits import Limits

if TYPE_CHECKING:
    import PIL.Image

# Pillow supports some forty formats; people send these. EPS would start a program.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")


def open_image(data: bytes, name: str, format: str, limits: Limits) -> Image:
    """Decode an image, upright and without metadata; of an animation the first frame."""
    import PIL.Image
    import PIL.ImageOps

    # Pillow warns about odd metadata, which is dropped, and about size, which is checked. Not
    # `catch_warnings`: it is not safe with other threads.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        with PIL.Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            _check_size(opened, name, limits)
            return Image(_without_metadata(PIL.ImageOps.exif_transpose(opened)))
    except (InputError, MemoryError):
        raise
    except PIL.Image.DecompressionBombError as error:
        raise InputError(
            f"{name!r} is a picture of enormous size: {error}",
            hint=f"give a smaller version: {limits.pixels:,} pixels are allowed",
        ) from error
    # Decoders raise almost anything on damaged files, SyntaxError included.
    except Exception as error:
        raise InputError(
            f"{name!r} begins like {format} but is damaged or cut short: {error}",
            hint="save or download it again",
        ) from error


def _check_size(picture: PIL.Image.Image, name: str, limits: Limits) -> None:
    if picture.width * picture.height > limits.pixels:
        raise InputError(
            f"{name!r} has {picture.width:,}×{picture.height:,} pixels; "
            f"{limits.pixels:,} are allowed in all",
            hint="give a smaller version or a part of it",
        )


def _without_metadata(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Convert to sRGB in mode RGB or RGBA and drop all metadata."""
    transparent = picture.has_transparency_data
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith(("I", "F")):
        picture = _eight_bits(picture)
    elif picture.mode not in ("L", "RGB", "RGBA", "CMYK", "LAB"):
        picture = picture.convert("RGBA" if transparent else "RGB")
    if isinstance(profile, bytes):
        picture = _in_srgb(picture, profile)
    picture = picture.convert("RGBA" if transparent else "RGB")
    picture.info.clear()
    return picture


def _eight_bits(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Convert 16-bit or float grey values to 8 bits; stretch those without a fixed white."""
    import numpy as np
    import PIL.Image

    values = np.nan_to_num(np.asarray(picture, np.float64), posinf=0, neginf=0)
    low, high = (0, 65535) if picture.mode.startswith("I;16") else (values.min(), values.max())
    return PIL.Image.fromarray(((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))


def _in_srgb(picture: PIL.Image.Image, profile: bytes) -> PIL.Image.Image:
    """Convert the colours from an ICC profile to sRGB."""
    import PIL.ImageCms

    try:
        return (
            PIL.ImageCms.profileToProfile(
                picture,
                PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                PIL.ImageCms.createProfile("sRGB"),
                outputMode="RGBA" if picture.mode == "RGBA" else "RGB",
            )
            or picture
        )
    except (PIL.ImageCms.PyCMSError, OSError, ValueError):
        return picture  # ignore a broken profile, or one for another colour space
