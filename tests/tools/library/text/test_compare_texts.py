from collections.abc import Sequence

import numpy as np
import pytest

from tools import BadArgument
from tools.library.text.compare_texts import CHUNK_CHARACTERS, TextEncoder, compare_texts


class CountsLetters(TextEncoder):
    """Reads as much of a text as a small network does."""

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        counts = [
            [text[:CHUNK_CHARACTERS].count(letter) + 1e-6 for letter in "ab"] for text in texts
        ]
        return np.array(counts) / np.linalg.norm(counts, axis=1, keepdims=True)


def test_a_text_is_wholly_like_itself_and_not_at_all_like_one_without_its_letters():
    assert compare_texts(CountsLetters(), "aaa", "aaa") == 1.0
    assert compare_texts(CountsLetters(), "aaa", "bbb") == 0.0
    assert compare_texts(CountsLetters(), "ab", "aaa") == pytest.approx(0.707, abs=0.001)


def test_the_end_of_a_long_text_counts_too():
    beginning, end = "a " * (CHUNK_CHARACTERS // 2), "b " * (CHUNK_CHARACTERS // 2)

    assert compare_texts(CountsLetters(), beginning + end, "a") == pytest.approx(0.707, abs=0.001)


@pytest.mark.parametrize("texts", [("", "a"), ("a", " \n")])
def test_an_empty_text_is_refused(texts: tuple[str, str]):
    with pytest.raises(BadArgument, match="the text is empty"):
        compare_texts(CountsLetters(), *texts)


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(BadArgument, match="the text has 12,001 characters; 12,000 are allowed"):
        compare_texts(CountsLetters(), "a" * 12_001, "a")


@pytest.mark.real
def test_minilm_sees_what_is_meant_and_not_what_words_are_used(load_model):
    model = load_model("compare_texts/all-minilm-l6-v2")
    sentence = "The concert begins at eight o'clock."

    other_words = compare_texts(model, sentence, "The performance starts at 8 pm.")
    same_words = compare_texts(model, sentence, "The clock begins to concern me.")
    unrelated = compare_texts(model, sentence, "Whales are mammals that live in the sea.")

    assert other_words > 0.6
    assert same_words < other_words - 0.2
    assert unrelated < 0.2
