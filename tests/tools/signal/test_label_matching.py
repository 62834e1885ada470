import pytest

from tools.signal.label_matching import match_label, near_labels

KNOWN = ("person", "bicycle", "cup", "knife", "bus", "scissors", "skis", "mouse", "teddy bear",
         "traffic light", "wine glass", "dog", "cat")  # fmt: skip


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("person", "person"),
        ("people", "person"),
        ("Persons", "person"),
        ("bike", "bicycle"),
        ("bikes", "bicycle"),
        ("the cups", "cup"),
        ("mugs", "cup"),
        ("knives", "knife"),
        ("buses", "bus"),
        ("ski", "skis"),
        ("scissors", "scissors"),
        ("mice", "mouse"),
        ("teddies", "teddy bear"),
        ("traffic  lights", "traffic light"),
        ("wine glasses", "wine glass"),
        ("woman", None),
        ("unicorn", None),
        ("", None),
    ],
)
def test_a_word_finds_the_label_that_means_the_same(word, label):
    assert match_label(word, KNOWN) == label


@pytest.mark.parametrize(
    ("word", "labels"),
    [
        ("women", ("person",)),
        ("puppies", ("dog",)),
        ("red cup", ("cup",)),
        ("bycicle", ("bicycle",)),
        ("unicorn", ()),
        ("", ()),
    ],
)
def test_a_word_without_a_label_is_answered_with_near_ones(word, labels):
    assert near_labels(word, KNOWN) == labels


def test_labels_are_given_as_the_model_spells_them():
    assert match_label("tvs", ("TV",)) == "TV"
