import pytest

from tools.signal.english_nouns import plural, singular


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("cup", "cups"),
        ("wine glass", "wine glasses"),
        ("bus", "buses"),
        ("bench", "benches"),
        ("berry", "berries"),
        ("toy", "toys"),
        ("person", "people"),
        ("traffic light", "traffic lights"),
        ("knife", "knives"),
        ("sheep", "sheep"),
        ("box", "boxes"),
        ("potato", "potatoes"),
        ("house", "houses"),
    ],
)
def test_a_noun_has_one_plural_and_comes_back(one: str, many: str) -> None:
    assert plural(one) == many
    assert singular(many) == one


@pytest.mark.parametrize("word", ["grass", "tennis", "red", "cactus", "person"])
def test_a_word_that_is_no_plural_stays(word: str) -> None:
    assert singular(word) == word
