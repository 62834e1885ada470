import hashlib
import subprocess
import sys
from itertools import islice, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.world import Scene, Thing, make_scene, scene_batch, scenes
from evals.world.images.scene_content import COLOURS, LEVELS
from evals.world.splits import SPLITS
from tests.examples import examples
from tools.errors import InputError

some_scenes = st.builds(
    make_scene,
    st.sampled_from(SPLITS),
    st.integers(0, 2**32),
    st.integers(0, 10**9),
    st.sampled_from((64, 128)),
    st.sampled_from(LEVELS),
)


def middle(thing: Thing) -> tuple[float, float]:
    left, top, right, bottom = thing.box
    return (left + right) / 2, (top + bottom) / 2


@given(some_scenes)
@examples(150)
def test_masks_lie_in_their_boxes_and_never_share_a_pixel(scene: Scene):
    assert scene.masks.sum(axis=0).max() == 1
    for thing, mask in zip(scene.things, scene.masks, strict=True):
        left, top, right, bottom = thing.box
        assert mask[top:bottom, left:right].sum() == mask.sum() > 0


@given(st.integers(0, 10**6))
@examples(60)
def test_boxes_are_exactly_as_large_as_the_masks_where_nothing_overlaps(number: int):
    scene = make_scene("train", 0, number, level="clear")
    for thing, mask in zip(scene.things, scene.masks, strict=True):
        rows, columns = np.nonzero(mask)
        found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert found == thing.box


@given(some_scenes)
@examples(150)
def test_every_thing_that_is_counted_is_at_least_half_visible(scene: Scene):
    visible: dict[str, int] = {}
    for number, (placement, thing) in enumerate(zip(scene.placements, scene.things, strict=True)):
        alone = Scene(scene.key, scene.size, scene.level, scene.content, (placement,))
        if scene.masks[number].sum() >= 0.5 * alone.masks[0].sum():
            visible[thing.name] = visible.get(thing.name, 0) + 1
    assert visible == scene.counts


@given(some_scenes)
@examples(200)
def test_relations_agree_with_where_things_are(scene: Scene):
    def all_of(name: str) -> list[Thing]:
        return [thing for thing in scene.things if thing.name == name]

    for relation in scene.relations:
        pairs = list(product(all_of(relation.subject), all_of(relation.objects[0])))
        for (x, y), (other_x, other_y) in ((middle(a), middle(b)) for a, b in pairs):
            match relation.word:
                case "left of":
                    assert x < other_x
                case "right of":
                    assert x > other_x
                case "above":
                    assert y < other_y
                case "below":
                    assert y > other_y
                case _:
                    pass
        if relation.word == "inside":
            for thing, around in pairs:
                assert around.box[0] < thing.box[0] < thing.box[2] < around.box[2]
                assert around.box[1] < thing.box[1] < thing.box[3] < around.box[3]
        if relation.word == "between":
            (inner,), (first,), (last,) = map(all_of, (relation.subject, *relation.objects))
            axis = 0 if {found.word for found in scene.relations} & {"left of"} else 1
            low, high = sorted((middle(first)[axis], middle(last)[axis]))
            assert low < middle(inner)[axis] < high


@given(some_scenes)
@examples(60)
def test_a_stated_size_is_the_size_in_the_picture(scene: Scene):
    for group in scene.content.groups:
        sizes = {thing.size for thing in scene.things if thing.name == group.name}
        assert group.size is None or sizes == {group.size}


@given(st.integers(0, 10**6))
@examples(60)
def test_a_stated_place_is_the_place_in_the_picture(number: int):
    scene = make_scene("train", 3, number)
    if scene.content.place:
        assert scene.things[0].place in ("", scene.content.place)


def test_the_background_is_seen_where_there_is_no_thing():
    scene = make_scene("train", 0, 1, level="clear")
    assert scene.caption == "nine cups on a purple background"
    assert scene.pixels[~scene.masks.any(axis=0)][-1].tolist() == [150, 104, 206]
    fades = (made for made in scenes("train", 0, level="clear") if made.content.background.second)
    fade = next(made for made in fades if not made.content.background.across)
    first, second = fade.content.background.words.split(" and ")
    assert fade.pixels[0, 0].tolist() == list(COLOURS[first])
    assert fade.pixels[-1, 0].tolist() == list(COLOURS[second])


def test_a_larger_picture_shows_the_same_scene():
    small, large = make_scene("test", 5, 9, size=64), make_scene("test", 5, 9, size=128)
    assert large.pixels.shape == (128, 128, 3)
    assert (small.placements, small.sentences) == (large.placements, large.sentences)
    shrunk = large.pixels.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(shrunk - small.pixels).mean() < 12


def test_a_batch_holds_the_scenes_that_one_gets_one_by_one():
    batch = scene_batch("validation", 3, first=5, count=4)
    single = list(islice(scenes("validation", 3, first=5), 4))
    assert batch.scenes == tuple(single)
    assert batch.sentences == tuple(scene.sentences[0] for scene in single)
    assert np.array_equal(batch.pixels, np.stack([scene.pixels for scene in single]))


PRINT_DIGEST = """
import hashlib
from evals.world import scene_batch
batch = scene_batch("train", 11, 0, 50)
said = repr((batch.sentences, [scene.questions for scene in batch.scenes])).encode()
print(hashlib.sha256(batch.pixels.tobytes() + said).hexdigest())
"""


def test_another_process_makes_the_same_bytes_from_the_same_seed():
    batch = scene_batch("train", 11, 0, 50)
    said = repr((batch.sentences, [scene.questions for scene in batch.scenes])).encode()
    here = hashlib.sha256(batch.pixels.tobytes() + said).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_another_seed_makes_other_scenes():
    assert make_scene("train", 1, 0).caption != make_scene("train", 2, 0).caption


@pytest.mark.parametrize("size", [0, 65, -64])
def test_a_size_that_does_not_come_out_even_is_refused(size: int):
    with pytest.raises(InputError, match=f"{size} pixels wide; a multiple of 64 is allowed"):
        make_scene("train", 0, 0, size=size)


def test_an_unknown_split_or_level_is_refused():
    with pytest.raises(InputError, match="unknown split 'exam'; allowed: train, validation, test"):
        make_scene("exam", 0, 0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="unknown level 'hard'; allowed: any, clear, overlap"):
        make_scene("train", 0, 0, level="hard")  # type: ignore[arg-type]
