import pytest

from tests.tools.library.text.test_compare_texts import CountsLetters
from tools import BadArgument
from tools.library.text.classify_text import classify_text


def test_the_label_that_is_nearest_in_meaning_is_chosen() -> None:
    assert classify_text(CountsLetters(), "aab", ["b", "a"]) == "a"
    assert classify_text(CountsLetters(), "bba", ["b", "a"]) == "b"
    assert classify_text(CountsLetters(), "ab", ["only"]) == "only"


@pytest.mark.parametrize("labels", [[], ["a", " "], ["a"] * 101])
def test_labels_must_have_words_and_be_few(labels: list[str]) -> None:
    with pytest.raises(BadArgument, match=f"there are {len(labels)} labels"):
        classify_text(CountsLetters(), "a", labels)


def test_an_empty_text_has_no_label() -> None:
    with pytest.raises(BadArgument, match="the text is empty"):
        classify_text(CountsLetters(), " ", ["a"])


@pytest.mark.real
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The pianist played two encores.", "music"),
        ("In the last minute the goalkeeper saved a penalty.", "sport"),
        ("Tomorrow there will be heavy rain in the north.", "weather"),
        ("Parliament voted against the new tax.", "politics"),
        ("Stir the eggs into the flour and bake it for half an hour.", "cooking"),
    ],
)
def test_minilm_knows_topics(load_model, text: str, label: str) -> None:
    model = load_model("compare_texts/all-minilm-l6-v2")
    topics = ["music", "sport", "weather", "politics", "cooking"]

    assert classify_text(model, text, topics) == label
