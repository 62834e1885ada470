"""Which types have something in common."""

import pytest

from tools.sdk.plan_types import (
    ANY,
    INTEGER,
    NOTHING,
    NUMBER,
    TEXT,
    Type,
    common_type,
    list_of,
    required,
)

IMAGE = Type("Image")
LEFT, RIGHT = Type("Text", choices=("left",)), Type("Text", choices=("right",))


@pytest.mark.parametrize(
    ("first", "second", "common"),
    [
        (IMAGE, IMAGE, "Image"),
        (INTEGER, NUMBER, "Number"),
        (Type("Box"), Type("Mask"), "Region"),
        (Type("Box"), Type("Region"), "Region"),
        (IMAGE, NOTHING, "Image or None"),
        (Type("Number", optional=True), INTEGER, "Number or None"),
        (LEFT, RIGHT, '"left" or "right"'),
        (LEFT, TEXT, "Text"),
        (list_of(INTEGER), list_of(NUMBER), "list[Number]"),
        (list_of(IMAGE), list_of(TEXT), "list[Any]"),
        (ANY, IMAGE, "Any"),
    ],
)
def test_the_common_type_takes_both_in_either_order(first: Type, second: Type, common: str):
    assert str(common_type(first, second)) == common
    assert {*str(common_type(second, first))} == {*common}


def test_pictures_and_words_have_nothing_in_common():
    assert common_type(IMAGE, TEXT) is None
    assert common_type(TEXT, list_of(TEXT)) is None


def test_what_may_be_none_is_its_own_type_once_it_is_not():
    assert required(Type("Image", optional=True)) == IMAGE
