"""The sprite world: pictures, sounds and films whose truth is known exactly."""

from evals.world.scenes import Scene, SceneBatch, Thing, make_scene, scene_batch, scenes

__all__ = ["Scene", "SceneBatch", "Thing", "make_scene", "scene_batch", "scenes"]
