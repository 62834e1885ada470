from itertools import islice

import pytest

from evals.world import make_scene, scenes
from evals.world.audio import sound_content
from evals.world.audio.sounds import sounds
from evals.world.images import scene_content
from evals.world.splits import SPLITS, Split
from evals.world.sprites import OBJECTS
from evals.world.video import film_content
from evals.world.video.films import films


def test_every_object_has_one_count_one_relation_and_one_background_in_each_held_out_split():
    for split in ("test", "validation"):
        held = [
            (pair.name, pair.aspect)
            for pair, home in scene_content.HELD_OUT.items()
            if home == split
        ]
        assert len(held) == len(set(held)) == 3 * len(OBJECTS)


@pytest.mark.slow
def test_no_held_out_pair_ever_occurs_in_scenes_for_training():
    for scene in islice(scenes("train", 1), 3000):
        # From what is seen, not from what the generator says of its own pairs.
        for name, count in scene.counts.items():
            assert (name, "count", count) not in scene_content.HELD_OUT
        for relation in scene.relations:
            assert (relation.subject, "relation", relation.word) not in scene_content.HELD_OUT
        background = scene.content.background
        if len(scene.counts) == 1 and not background.second:
            name = scene.things[0].name
            assert (name, "background", background.colour) not in scene_content.HELD_OUT


@pytest.mark.parametrize("split", ["validation", "test"])
def test_every_held_out_scene_has_a_pair_of_its_split_and_test_pairs_are_nowhere_else(split: Split):
    for number in range(500):
        homes = {
            scene_content.HELD_OUT.get(pair) for pair in make_scene(split, 2, number).content.pairs
        }
        assert split in homes
        assert split == "test" or "test" not in homes


@pytest.mark.slow
@pytest.mark.parametrize("split", SPLITS)
def test_every_object_is_seen_in_every_split(split: Split):
    seen = {name for scene in islice(scenes(split, 7), 1500) for name in scene.counts}
    assert seen >= OBJECTS.keys()


@pytest.mark.slow
def test_no_held_out_pair_ever_occurs_in_sounds_or_films_for_training():
    for sound in islice(sounds("train", 1), 3000):
        assert not sound.content.pairs & sound_content.HELD_OUT.keys()
    for film in islice(films("train", 1), 3000):
        assert film.content.pair not in film_content.HELD_OUT
    for sound in islice(sounds("test", 1), 300):
        homes = {sound_content.HELD_OUT.get(pair) for pair in sound.content.pairs}
        assert "test" in homes
    for film in islice(films("test", 1), 300):
        assert film_content.HELD_OUT[film.content.pair] == "test"
