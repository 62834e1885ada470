import PIL.Image
import pytest

from tools import Box, Image, ToolError
from tools.library.vision.recognise import Prediction, Recogniser, recognise

BLANK = Image(PIL.Image.new("RGB", (100, 80)))


class Guesses(Recogniser):
    def __init__(self, *guesses: Prediction) -> None:
        self.answer = guesses

    def predictions(self, image: Image) -> tuple[Prediction, ...]:
        return self.answer


class TellsTheSize(Recogniser):
    def predictions(self, image: Image) -> tuple[Prediction, ...]:
        return (Prediction(f"{image.width}×{image.height}", 1.0),)


def test_only_likely_names_are_given_the_likeliest_first():
    model = Guesses(Prediction("tabby", 0.5), Prediction("tiger cat", 0.3), Prediction("lynx", 0.1))

    assert recognise(model, BLANK) == ["tabby", "tiger cat"]


def test_a_region_is_looked_at_alone():
    assert recognise(TellsTheSize(), BLANK, Box(10, 10, 40, 30)) == ["30×20"]


def test_a_picture_of_nothing_it_knows_is_said_to_be_one():
    with pytest.raises(ToolError, match="nothing that the model knows by name"):
        recognise(Guesses(Prediction("lynx", 0.05)), BLANK)


@pytest.mark.real
def test_efficientnet_knows_an_espresso(load_model, photo):
    model = load_model("recognise/efficientnet-lite0")

    assert recognise(model, photo) == ["espresso"]
    assert recognise(model, photo, Box(162, 16, 422, 295))[0] in ("espresso", "cup")


@pytest.mark.real
@pytest.mark.parametrize("size", [(1, 1), (3000, 2)])
def test_efficientnet_takes_pictures_of_any_shape(load_model, size):
    guesses = load_model("recognise/efficientnet-lite0").predictions(
        Image(PIL.Image.new("RGB", size, "grey"))
    )

    assert len(guesses) == 1000
    assert sum(guess.probability for guess in guesses) == pytest.approx(1, abs=1e-3)
