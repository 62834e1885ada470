import numpy as np
import pytest

from evals.world.images.outlines import outline
from evals.world.sprites import DATA, OBJECTS, sprite
from evals.world.vocabulary import KINDS


def test_there_are_eighty_objects_with_a_plural_each():
    assert len(OBJECTS) == 80
    assert (OBJECTS["mouse"].plural, OBJECTS["church"].plural) == ("mice", "churches")


def test_no_word_stands_for_two_objects():
    words = [
        word
        for kind in KINDS.values()
        for word in {kind.name, kind.plural, *kind.words, *kind.words.values()}
    ]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_has_a_sprite_whose_longer_side_is_as_long_as_asked(name: str):
    found = sprite(name, 32)
    assert max(found.mask.shape) == 32
    assert found.mask.mean() > 0.2


def test_a_sprite_covers_what_is_behind_it_and_leaves_the_rest():
    canvas = np.full((32, 32, 3), 200, dtype=np.uint8)
    apple = sprite("apple", 24)
    apple.paste(canvas, 4, 4)
    red, green, blue = canvas[16, 12].tolist()
    assert red > 180 > 100 > max(green, blue)
    assert canvas[0, 0].tolist() == canvas[31, 31].tolist() == [200, 200, 200]


def test_a_flipped_sprite_is_the_mirror_image():
    plain, flipped = sprite("car", 30), sprite("car", 30, flipped=True)
    assert np.array_equal(plain.mask[:, ::-1], flipped.mask)
    assert not np.array_equal(plain.mask, flipped.mask)


@pytest.mark.parametrize("shape", ["circle", "square"])
def test_an_outline_is_open_in_the_middle_and_has_the_colour_asked_for(shape: str):
    canvas = np.zeros((40, 40, 3), dtype=np.uint8)
    found = outline(shape, "red", 40)
    found.paste(canvas, 0, 0)
    assert canvas[20, 20].tolist() == [0, 0, 0]
    assert canvas[1, 20].tolist() == [222, 44, 44]
    assert found.bounds == (0, 0, 40, 40)


def test_the_licences_of_the_font_and_the_soundfont_ship_beside_what_was_made_of_them():
    assert "SIL OPEN FONT LICENSE Version 1.1" in (DATA / "sprites.LICENCE.txt").read_text()
    assert "Permission is hereby granted" in (DATA / "notes.LICENCE.txt").read_text()
