import io
from functools import cache
from itertools import islice

import numpy as np
import PIL.Image
import PIL.ImageEnhance
import PIL.ImageOps
import pytest

from evals.world.images.scene_content import COLOURS
from evals.world.images.scenes import scenes
from tools import Image
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES
from tools.sprites.scene_domain import BACKGROUNDS, estimate_background, is_scene

SCENES = 100


@cache
def drawn(number: int, size: int = 64) -> list[PIL.Image.Image]:
    return [
        PIL.Image.fromarray(scene.pixels) for scene in islice(scenes("test", number, size), SCENES)
    ]


def test_it_knows_the_backgrounds_of_the_world():
    assert tuple(COLOURS.values()) == BACKGROUNDS


@pytest.mark.parametrize(
    ("size", "times", "resampling"),
    [
        (64, 1, PIL.Image.Resampling.NEAREST),
        (64, 4, PIL.Image.Resampling.NEAREST),
        (64, 4, PIL.Image.Resampling.LANCZOS),
        (128, 1, PIL.Image.Resampling.NEAREST),
        (128, 3, PIL.Image.Resampling.BICUBIC),
    ],
)
def test_scenes_of_any_size_are_scenes(size, times, resampling):
    right = 0
    for picture in drawn(11, size):
        enlarged = picture.resize((size * times, size * times), resampling)
        right += is_scene(Image(enlarged))

    assert right >= 0.98 * SCENES


def test_a_scene_saved_as_jpeg_is_still_one():
    right = 0
    for picture in drawn(12):
        file = io.BytesIO()
        enlarged = picture.resize((256, 256))
        enlarged.save(file, "JPEG", quality=75)
        right += is_scene(Image(PIL.Image.open(file)))

    assert right >= 0.96 * SCENES


@pytest.mark.parametrize("name", ["photo", "portrait", "sign"])
def test_parts_and_versions_of_other_pictures_are_photos(name):
    opened = open_media(SAMPLES[name])
    assert isinstance(opened, Image)
    picture = opened.opaque()
    chance = np.random.default_rng(5)

    for _ in range(100):
        width, height = (round(side * chance.uniform(0.3, 1)) for side in picture.size)
        left = int(chance.integers(picture.width - width + 1))
        top = int(chance.integers(picture.height - height + 1))
        part = picture.crop((left, top, left + width, top + height))
        part = PIL.ImageOps.mirror(part) if chance.random() < 0.5 else part
        part = PIL.ImageOps.grayscale(part) if chance.random() < 0.2 else part
        lit = PIL.ImageEnhance.Brightness(part).enhance(chance.uniform(0.6, 1.2))
        assert not is_scene(Image(lit))


def test_a_generated_gradient_need_not_have_the_exact_colours():
    share = np.linspace(0, 1, 64)[:, None, None]
    gradient = np.array([70, 170, 215]) * (1 - share) + np.array([225, 190, 190]) * share
    even = np.broadcast_to(gradient, (64, 64, 3))
    rough = even + np.random.default_rng(3).normal(0, 12, even.shape)

    image = Image(PIL.Image.fromarray(even.astype(np.uint8)))
    assert is_scene(image)
    assert np.abs(estimate_background(image).astype(int) - image.array()).max() <= 2
    assert not is_scene(Image(PIL.Image.fromarray(rough.clip(0, 255).astype(np.uint8))))


@pytest.mark.parametrize("colour", ["white", "red", "#f0f0f0", "navy", "#808080"])
def test_an_empty_page_is_no_scene(colour):
    assert not is_scene(Image(PIL.Image.new("RGB", (640, 480), colour)))


def test_a_single_pixel_can_be_asked_about():
    assert not is_scene(Image(PIL.Image.new("RGB", (1, 1), "red")))
