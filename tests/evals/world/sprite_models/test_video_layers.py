"""Films composed of layers that are known beforehand, from words and from pictures."""

import numpy as np
import PIL.Image
import pytest
import torch

from evals.world.images.scenes import Scene, scenes
from evals.world.video.films import make_film
from tests.tools.sprites.adapters.known_sheets import KnownSheets
from tools import BadArgument, Image, Video
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.video.animate import animate
from tools.library.video.make_video import make_video
from tools.sprites.adapters.video_layers import FilmLayers
from tools.sprites.posed_layers import Layer, LayerPose
from tools.sprites.video_sheet import LayeredVideo, to_sheet

SETTINGS = {"rows": "32", "columns": "80", "steps": "2", "enlarge": "2"}
THINGS = "square, squares\ndisc, discs\n"
BLUE = (0.0, 0.0, 1.0)


def square(colour: tuple[float, float, float]) -> np.ndarray:
    cut_out = np.ones((32, 32, 4), np.float32)
    cut_out[..., :3] = colour
    return cut_out


def leftwards() -> list[LayerPose | None]:
    return [LayerPose(0.8 - 0.04 * moment, 0.5, 0.25) for moment in range(16)]


def sheet_of(prompt: str, chance: torch.Generator) -> torch.Tensor:
    red = Layer(square((1, 0, 0)), leftwards())
    green = Layer(square((0, 1, 0)), [LayerPose(0.5, 0.85, 0.2)])
    return torch.from_numpy(to_sheet(LayeredVideo(BLUE, red, green if "disc" in prompt else None)))


@pytest.fixture(scope="module")
def maker() -> FilmLayers:
    return FilmLayers(Pipeline(KnownSheets(sheet_of), SETTINGS), SETTINGS, THINGS)


def middle_of_red(film: Video, share: float) -> tuple[float, float]:
    pictures = list(film.frames())
    red, _, blue = pictures[round(share * (len(pictures) - 1))].astype(int).transpose(2, 0, 1)
    rows, columns = np.nonzero((red > 150) & (blue < 100))
    return float(columns.mean()) / film.width, float(rows.mean()) / film.height


def test_the_thing_moves_as_drawn(maker: FilmLayers):
    film = make_video(maker, "a square", seconds=2)

    assert (film.width, film.height, film.fps) == (128, 128, 24)
    assert film.seconds == pytest.approx(2, abs=0.05)
    for share, x in ((0.0, 0.8), (0.5, 0.5), (1.0, 0.2)):
        assert middle_of_red(film, share) == pytest.approx((x, 0.5), abs=0.02)


def test_something_else_stands_by(maker: FilmLayers):
    alone = next(make_video(maker, "a square").frames())[108, 64]
    beside = next(make_video(maker, "a square and a disc").frames())[108, 64]

    assert np.abs(alone.astype(int) - (0, 0, 255)).max() < 25
    assert np.abs(beside.astype(int) - (0, 255, 0)).max() < 25


def test_what_it_knows_nothing_of_is_refused(maker: FilmLayers):
    with pytest.raises(BadArgument, match="the film maker knows none of the things in 'a lion'"):
        make_video(maker, "a lion")


def first_with(count: int) -> Scene:
    return next(
        scene
        for scene in scenes("test", 5, level="clear")
        if len(scene.things) == count and len(scene.counts) == 1
    )


@pytest.mark.parametrize("times", [1, 4])
def test_the_thing_in_a_picture_sets_out_from_where_it_is(maker: FilmLayers, times: int):
    film = make_film("test", 3, 1, 64)
    start = PIL.Image.fromarray(film.pixels[0])
    picture = Image(start.resize((64 * times, 64 * times), PIL.Image.Resampling.BICUBIC))

    moving = list(animate(maker, picture, "it goes left").frames())

    assert moving[0].shape == (64 * times, 64 * times, 3)
    assert np.abs(moving[0].astype(int) - picture.array()[..., :3]).mean() < 4
    ground = film.pixels[0][0, 0].astype(int)
    x = [np.nonzero(np.abs(shown - ground).max(axis=2) > 60)[1].mean() for shown in moving]
    assert x[-1] < x[0] - 0.2 * 64 * times


def test_everything_else_in_the_picture_stays(maker: FilmLayers):
    scene = first_with(3)
    picture = Image(PIL.Image.fromarray(scene.pixels))

    moving = list(animate(maker, picture, "left").frames())

    changed = np.abs(moving[-1].astype(int) - moving[0]).max(axis=2) > 60
    boxes = [thing.box for thing in scene.things]
    still = [changed[top:bottom, left:right].mean() < 0.1 for left, top, right, bottom in boxes]
    assert 1 <= sum(still) < len(still)


def test_a_picture_without_things_cannot_be_animated(maker: FilmLayers):
    empty = Image(PIL.Image.new("RGB", (64, 64), (88, 148, 236)))

    with pytest.raises(BadArgument, match="nothing stands out"):
        animate(maker, empty, "left")
