import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.vision.ask_image import Answerer, ask_image

BLANK = Image(PIL.Image.new("RGB", (10, 10)))


class Repeats(Answerer):
    def answer(self, image: Image, question: str) -> str:
        return f"{image.width} {question}"


def test_the_model_gets_the_picture_and_the_question():
    assert ask_image(Repeats(), BLANK, "how wide?") == "10 how wide?"


@pytest.mark.parametrize("question", ["", "  ", "?!"])
def test_a_question_without_a_word_is_refused(question):
    with pytest.raises(BadArgument, match="there is no question in") as caught:
        ask_image(Repeats(), BLANK, question)

    assert caught.value.hint == (
        'ask in words, as in ask_image(image1, "what is left of the house?")'
    )


@pytest.mark.real
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how many apples are there?", "3"),
        ("what colour is the background?", "purple"),
        ("is there a dog?", "no"),
        ("what is to the left of the apples?", "tree"),
    ],
)
def test_questions_about_a_scene_are_answered(load_model, scene, question, answer):
    assert ask_image(load_model("caption/sprites"), scene, question) == answer
