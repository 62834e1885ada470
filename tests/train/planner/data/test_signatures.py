"""Signatures read from one line."""

import pytest

from tools.errors import InputError
from tools.sdk.plan_types import INTEGER, Type, list_of
from train.planner.data.signatures import parse_signature


@pytest.mark.parametrize(
    "line",
    [
        "blur(image: Image, region: Region or None = None, amount: Number = 0.5) -> Image: Blur.",
        'move(room: Text, position: "open" or "closed" = \'open\') -> Text: Move the blinds.',
        "pages(document: Document, numbers: list[Integer] or None = None) -> list[Text]: Read it.",
        "next_event() -> Any: Tell what is next.",
        "area(rows: list[list[Number]]) -> Number: Measure it: all, of it.",
    ],
)
def test_a_signature_reads_back_as_it_was_written(line: str) -> None:
    assert parse_signature(line).line == line


def test_a_parameter_has_its_type_its_default_and_whether_it_is_required() -> None:
    tool = parse_signature("cut(pages: list[Integer], end: Number or None = None) -> Text: Cut.")

    pages, end = tool.parameters
    assert (pages.name, pages.type, pages.required) == ("pages", list_of(INTEGER), True)
    assert (end.type, end.required, end.default) == (Type("Number", optional=True), False, None)


def test_words_that_are_no_signature_are_refused_with_an_example() -> None:
    with pytest.raises(InputError, match="'blur the picture' is not a tool signature"):
        parse_signature("blur the picture")
