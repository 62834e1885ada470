"""The sprite world: pictures, sounds and films whose truth is known exactly.

>>> from evals.world import scene_batch
>>> batch = scene_batch("train", seed=0, first=0, count=64)
>>> batch.pixels.shape, batch.sentences[1]
((64, 64, 64, 3), 'an image of nine little cups, the background is purple')
"""

from evals.world.films import Film, FilmBatch, film_batch, films, make_film
from evals.world.scenes import Scene, SceneBatch, Thing, make_scene, scene_batch, scenes
from evals.world.sounds import Sound, SoundBatch, make_sound, sound_batch, sounds

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
