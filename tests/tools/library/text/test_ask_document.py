import PIL.Image
import pytest

from tools import BadArgument, Image
from tools.library.text.ask_document import DocumentAnswerer, ask_document


class SaysHowWide(DocumentAnswerer):
    def answer_document(self, image: Image, question: str) -> str:
        return f"{question} {image.width} pixels"


def test_the_model_gets_the_page_and_the_question():
    page = Image(PIL.Image.new("RGB", (200, 100), "white"))

    assert ask_document(SaysHowWide(), page, "how wide?") == "how wide? 200 pixels"


@pytest.mark.parametrize(
    ("size", "question", "message"),
    [((200, 100), " ", "there is no question in ' '"), ((1, 1), "who?", "1×1 pixels cannot be")],
)
def test_what_cannot_be_answered_is_refused(size, question, message):
    with pytest.raises(BadArgument, match=message):
        ask_document(SaysHowWide(), Image(PIL.Image.new("RGB", size, "white")), question)
