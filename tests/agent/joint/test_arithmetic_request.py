import numpy as np
import PIL.Image
import pytest

from agent.joint.arithmetic_request import Term, parse_terms
from tools import Audio, Image

RED = Image(PIL.Image.new("RGB", (4, 4), "red"))
BEEP = Audio(np.zeros(8, dtype=np.float32), 8)
KNOWN = {"image1": RED, "audio1": BEEP, "images1": [RED]}


@pytest.mark.parametrize(("request_", "terms"), [
    ('image1 + "a house"', [Term(1, RED), Term(1, "a house")]),
    ('image1 - "a dog"+“a cat”', [Term(1, RED), Term(-1, "a dog"), Term(1, "a cat")]),
    ('"two bees" + audio1', [Term(1, "two bees"), Term(1, BEEP)]),
])  # fmt: skip
def test_names_and_quoted_words_make_a_sum(request_: str, terms: list[Term]) -> None:
    assert parse_terms(request_, KNOWN.get) == terms


@pytest.mark.parametrize("request_", [
    "image1",  # nothing is added
    'draw image1 + "a house"',
    "image1 + a house",
    'image1 + "a house" please',
    'image9 + "a house"',  # was never given
    'images1 + "a house"',  # a folder is looked through, not added
    '- image1 + "a house"',
    'image1 "a house"',
    "",
])  # fmt: skip
def test_anything_else_is_an_ordinary_request(request_: str) -> None:
    assert parse_terms(request_, KNOWN.get) is None
