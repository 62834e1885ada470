import numpy as np
import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.images.restyle import StylePainter, restyle


class TakesTheColour(StylePainter):
    def paint(self, image: Image, style: Image, strength: float) -> Image:
        plain = PIL.Image.new("RGB", image.pixels.size, style.opaque().getpixel((0, 0)))
        return Image(PIL.Image.blend(image.opaque(), plain, strength))


WHITE = Image(PIL.Image.new("RGB", (20, 20), "white"))
RED = Image(PIL.Image.new("RGB", (30, 30), "red"))


def test_the_strength_says_how_much_of_the_style_is_taken():
    assert restyle(TakesTheColour(), WHITE, RED).pixels.getpixel((5, 5)) == (255, 0, 0)
    half = restyle(TakesTheColour(), WHITE, RED, 0.5).pixels.getpixel((5, 5))
    assert half == pytest.approx((255, 128, 128), abs=1)


def test_transparent_parts_stay_transparent():
    clear = Image(PIL.Image.new("RGBA", (20, 20), (0, 0, 0, 0)))

    assert restyle(TakesTheColour(), clear, RED).pixels.getpixel((5, 5)) == (255, 0, 0, 0)


@pytest.mark.parametrize("strength", [0, -1, 1.1])
def test_an_impossible_strength_is_refused(strength):
    with pytest.raises(BadArgument, match=f"the strength is {strength}"):
        restyle(TakesTheColour(), WHITE, RED, strength)


class FollowsWords(StylePainter):
    def paint_from_prompt(self, image: Image, prompt: str, strength: float, seed: int) -> Image:
        return Image(PIL.Image.new("RGB", image.pixels.size, prompt))


def test_a_style_can_be_said():
    assert restyle(FollowsWords(), WHITE, prompt=" blue").pixels.getpixel((5, 5)) == (0, 0, 255)


def test_a_model_says_which_of_the_two_ways_it_knows():
    with pytest.raises(BadArgument, match="takes a style from another picture, not from words"):
        restyle(TakesTheColour(), WHITE, prompt="a watercolour")
    with pytest.raises(BadArgument, match="takes a style from words, not from another picture"):
        restyle(FollowsWords(), WHITE, RED)


@pytest.mark.parametrize(
    ("given", "told"), [({}, "neither was"), ({"style": RED, "prompt": "blue"}, "both were")]
)
def test_one_style_is_taken_and_no_more(given, told):
    with pytest.raises(BadArgument, match=f"from a picture or from words; {told} given"):
        restyle(TakesTheColour(), WHITE, **given)


def test_a_tiny_picture_or_style_is_refused_by_name():
    dot = Image(PIL.Image.new("RGB", (1, 1)))

    with pytest.raises(BadArgument, match="a picture of 1×1 pixels is too small to be restyled"):
        restyle(TakesTheColour(), dot, RED)
    with pytest.raises(BadArgument, match="a picture of 1×1 pixels has no style"):
        restyle(TakesTheColour(), WHITE, dot)


@pytest.mark.real
def test_adain_paints_the_portrait_in_the_colours_of_the_coffee(load_model, portrait, photo):
    portrait, photo = (
        picture.map(lambda pixels: pixels.resize((200, 200))) for picture in (portrait, photo)
    )

    painted = restyle(load_model("restyle/adain"), portrait, photo)

    assert painted.pixels.size == portrait.pixels.size
    old, new, style = (
        picture.array().reshape(-1, 3).mean(axis=0) for picture in (portrait, painted, photo)
    )
    assert np.abs(new - style).sum() < np.abs(old - style).sum() / 2
    # What is bright against what is dark still tells the picture.
    grey = [np.asarray(p.pixels.convert("L"), np.float32).ravel() for p in (portrait, painted)]
    assert np.corrcoef(*grey)[0, 1] > 0.5


@pytest.mark.real
@pytest.mark.parametrize("size", [(16, 16), (17, 300), (300, 40)])
def test_adain_keeps_the_size_of_any_picture(load_model, sign, size):
    grey = Image(PIL.Image.new("RGB", size, "grey"))

    assert restyle(load_model("restyle/adain"), grey, sign).pixels.size == size
