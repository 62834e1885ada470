from pathlib import Path

import pytest
import torch

from train.draw import NAMES, Draw
from train.loop import Budget, Training, train


class TinyDraw(Draw):
    width = 64
    depth = 1
    batch_size = 4


@pytest.fixture(scope="module")
def recipe() -> Draw:
    return TinyDraw(seed=1)


def test_a_batch_is_decided_by_its_number(recipe: Draw) -> None:
    first, again, other = recipe.batch(5), recipe.batch(5), recipe.batch(6)

    assert torch.equal(first.pixels, again.pixels)
    assert torch.equal(first.words, again.words)
    assert not torch.equal(first.pixels, other.pixels)
    assert first.pixels.min() >= -1
    assert first.pixels.max() <= 1


def test_a_batch_says_what_stands_in_each_patch_and_how_far_it_reaches(recipe: Draw) -> None:
    batch = recipe.batch(5)
    (inside,) = torch.nonzero(batch.things[0] < len(NAMES), as_tuple=True)
    name = NAMES[batch.things[0, inside[0]]]
    left, top, right, bottom = batch.reach[0, inside[0]].tolist()

    assert batch.counts[0].sum() > 0
    assert batch.counts[0, NAMES.index(name)] > 0
    assert left < 0 < right
    assert top < 0 < bottom


def test_words_of_the_world_have_numbers_and_others_are_unknown(recipe: Draw) -> None:
    words, spoken = recipe.read(["Draw six apples, please", "a zeppelin", ""])
    tokenizer = recipe.pipeline.tokenizer

    assert tokenizer.convert_ids_to_tokens(words[0].tolist()) == [
        "[CLS]", "draw", "six", "apples", ",", "please",
    ]  # fmt: skip
    assert tokenizer.convert_ids_to_tokens(words[1].tolist())[:3] == ["[CLS]", "a", "[UNK]"]
    assert spoken.sum(dim=1).tolist() == [6, 3, 1]


def test_what_ships_can_be_taken_up_again(recipe: Draw, tmp_path: Path) -> None:
    train(Training(recipe, tmp_path / "work"), Budget(steps=2))
    recipe.ship(tmp_path / "small")
    other = TinyDraw(seed=2)
    other.take(tmp_path / "small")

    for part in ("transformer", "text_encoder"):
        ours, theirs = recipe.network[part].state_dict(), other.network[part].state_dict()
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            assert torch.equal(value.half().float(), theirs[name])
    things = (tmp_path / "small" / "things.txt").read_text().splitlines()
    assert "dog, dogs, pup, puppy, hound, pups, puppies, hounds" in things
    assert "square, squares, box, boxes" in things


def test_the_network_draws_while_it_learns(recipe: Draw) -> None:
    picture = recipe.picture("two dogs", seed=3)

    assert picture.size == (32, 32)
    assert picture.tobytes() == recipe.picture("two dogs", seed=3).tobytes()
