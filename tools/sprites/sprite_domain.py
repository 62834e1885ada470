"""The media domain of the sprite world, whose models know nothing else."""

from __future__ import annotations

import PIL.Image

from tools.media import Audio, Image, Video
from tools.models.media_domain import MediaDomain
from tools.sprites.audio_domain import is_sprite_audio
from tools.sprites.scene_domain import is_scene


def is_sprite_media(media: Image | Audio | Video) -> bool:
    """Return whether a medium may come from the sprite world, a video by its first frame."""
    if isinstance(media, Audio):
        return is_sprite_audio(media)
    if isinstance(media, Video):
        media = Image(PIL.Image.fromarray(next(media.frames())))
    return is_scene(media)


SPRITE_DOMAIN = MediaDomain(
    name="scene",
    singular="scene of the sprite world",
    plural="scenes of the sprite world",
    image_noun="a scene",
    alternatives="describe, detect and read_text work on photos; other profiles may have a model",
    contains=is_sprite_media,
)
