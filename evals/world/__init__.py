"""The sprite world: synthetic images, sounds and films with exact ground truth.

>>> from evals.world import scene_batch
>>> batch = scene_batch("train", seed=0, first=0, count=64)
>>> batch.pixels.shape, batch.sentences[1]
((64, 64, 64, 3), 'an image of nine little cups, the background is purple')
"""

from evals.world.audio.sounds import Sound, SoundBatch, make_sound, sound_batch, sounds
from evals.world.images.scenes import Scene, SceneBatch, Thing, make_scene, scene_batch, scenes
from evals.world.video.films import Film, FilmBatch, film_batch, films, make_film

__all__ = [
    "Film",
    "FilmBatch",
    "Scene",
    "SceneBatch",
    "Sound",
    "SoundBatch",
    "Thing",
    "film_batch",
    "films",
    "make_film",
    "make_scene",
    "make_sound",
    "scene_batch",
    "scenes",
    "sound_batch",
    "sounds",
]
