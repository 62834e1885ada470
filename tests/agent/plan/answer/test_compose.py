"""What people read of values: literal sentences."""

import re

import pytest

from agent.plan import AnswerStyle, Placeholder, compose_text, split_tables, style_for
from agent.plan.answer.answer_style import PLAIN
from tools import Box, Boxes
from tools.media import Table
from tools.sdk.plan_types import Value

SIZE = (600, 400)
CUP = Box(162, 16, 422, 294, "cup")
LEFT, RIGHT = Box(10, 150, 110, 230, "cup"), Box(480, 150, 580, 250, "cup")
SPOON = Box(400, 280, 590, 390, "spoon")
RECEIPT = Table(("Item", "Price"), (("Espresso", "4.80"), ("Tea | mint", "3.00")))
HEARD = Table(
    ("sound", "score", "from second", "to second"),
    (("Pink noise", 0.8, 1.0, 2.4), ("Speech", 0.67, 0.5, 64.0)),
)
SPEECH = Table(("from second", "to second"), ((0.24, 2.03), (65.2, 125.0)))
FILM_COLUMNS = ("second", "label", "score", "left", "top", "right", "bottom")


def film(**seconds: list[float]) -> Table:
    rows = [(s, label, 0.9, 1, 2, 3, 4) for label, times in seconds.items() for s in times]
    return Table(FILM_COLUMNS, tuple(rows))


def read(text: str, *values: Value, style: AnswerStyle = PLAIN) -> str:
    remaining = iter(values)
    parts = [
        Placeholder(next(remaining), picture_size=SIZE) if part == "{}" else part
        for part in re.split(r"(\{\})", text)
    ]
    return compose_text(parts, style)


@pytest.mark.parametrize(
    ("text", "number", "sentence"),
    [
        ("There are {} apples left.", 1, "There is 1 apple left."),
        ("There are {} apples left.", 3, "There are 3 apples left."),
        ("There are {} apples left.", 0, "There are no apples left."),
        ("There are {}, so 5 more are needed.", 0, "There are none, so 5 more are needed."),
        ("There are only {} chairs.", 1, "There is only 1 chair."),
        ("There is {} wine glass in it.", 3, "There are 3 wine glasses in it."),
        ("{} people are waiting.", 1, "1 person is waiting."),
        ("On the table are {} knives.", 1, "On the table is 1 knife."),
        ("Yes, the {} chairs are enough.", 1, "Yes, the 1 chair is enough."),
        ("I see {} red cars on the left.", 1, "I see 1 red car on the left."),
        ("Picture {} shows a dog.", 1, "Picture 1 shows a dog."),
        ("You are {} years old.", 1, "You are 1 year old."),
        ("Number of faces: {}.", 0, "Number of faces: 0."),
        ("Es sind {} Autos.", 1, "Es sind 1 Autos."),
    ],
)
def test_noun_and_verb_fit_the_number(text: str, number: int, sentence: str) -> None:
    assert read(text, number) == sentence


@pytest.mark.parametrize(
    ("text", "number", "sentence"),
    [
        ("They are alike to {}.", 0.05512, "They are alike to 0.055."),
        ("A third is {}.", 1 / 3, "A third is 0.33."),
        ("That makes {}.", 1234.5678, "That makes 1234.57."),
        ("That makes {}.", 20.0, "That makes 20."),
        ("Nothing is left: {}.", -0.0, "Nothing is left: 0."),
        ("It costs {} euros.", 20.5, "It costs 20.50 euros."),
        ("It costs {} euros.", 1, "It costs 1 euro."),
        ("It costs ${}.", 3.2, "It costs $3.20."),
        ("It lasts {} seconds.", 2.449, "It lasts 2.4 seconds."),
        ("It lasts {} seconds.", 1.0, "It lasts 1 second."),
        ("It lasts {} seconds.", 125.3, "It lasts 2 min 5 s."),
        ("It lasts {} seconds, I think.", 7260.0, "It lasts 2 h 1 min, I think."),
        ("An hour has {} seconds.", 3600, "An hour has 3600 seconds."),
        ("The answer is {}.", True, "The answer is yes."),
    ],
)
def test_numbers_and_times_are_rounded_for_a_reader(
    text: str, number: float, sentence: str
) -> None:
    assert read(text, number) == sentence


def test_seconds_stay_seconds_where_they_are_asked_for() -> None:
    style = style_for("How many seconds does it last?")

    assert read("It lasts {} seconds.", 125.34, style=style) == "It lasts 125.3 seconds."


@pytest.mark.parametrize(
    ("text", "boxes", "sentence"),
    [
        (
            "There are {} cups on the photo. The sign says: OPEN",
            Boxes((CUP,)),
            "There is 1 cup on the photo. The sign says: OPEN",
        ),
        ("There are {} cups.", Boxes((LEFT, RIGHT)), "There are 2 cups."),
        ("There are {} cups.", Boxes(()), "There are no cups."),
        ("There are {} on the table.", Boxes((LEFT, RIGHT)), "There are 2 cups on the table."),
        ("I count {} cups.", [LEFT, RIGHT], "I count 2 cups."),
        ("Number of cups: {}", Boxes((LEFT, RIGHT)), "Number of cups: 2"),
        ("{} of them are clean.", Boxes((LEFT, RIGHT)), "2 of them are clean."),
        ("Es sind {} Tassen.", Boxes((LEFT, RIGHT)), "Es sind 2 Tassen."),
    ],
)
def test_boxes_are_their_number_where_things_are_counted(
    text: str, boxes: Value, sentence: str
) -> None:
    assert read(text, boxes) == sentence


@pytest.mark.parametrize(
    ("text", "boxes", "sentence"),
    [
        ("The cup is here: {}", CUP, "The cup is here: in the middle, 260 × 278 pixels"),
        ("The cups on the left: {}", LEFT, "The cups on the left: on the left, 100 × 80 pixels"),
        ("I found {}.", Boxes((CUP,)), "I found a cup in the middle, 260 × 278 pixels."),
        (
            "{}",
            Boxes((LEFT, RIGHT)),
            "two cups: one on the left (100 × 80 pixels) and one on the right (100 × 100 pixels)",
        ),
        (
            "I see {}.",
            Boxes((LEFT, SPOON)),
            "I see a cup on the left (100 × 80 pixels) and "
            "a spoon at the bottom right (190 × 110 pixels).",
        ),
        ("I see {}.", Boxes((LEFT,) * 7 + (SPOON,)), "I see seven cups and one spoon."),
        (
            "It is here: {}",
            Box(0, 0, 600, 100),
            "It is here: a region at the top, 600 × 100 pixels",
        ),
        (
            "Marked: {}",
            Box(5, 5, 598, 399, "apple"),
            "Marked: an apple over nearly the whole picture, 593 × 394 pixels",
        ),
        ("Found: {}", Boxes(()), "Found: none"),
    ],
)
def test_boxes_are_places_where_none_are_counted(text: str, boxes: Value, sentence: str) -> None:
    assert read(text, boxes) == sentence


def test_without_the_picture_only_the_size_is_said() -> None:
    assert compose_text([Placeholder(CUP)]) == "a cup of 260 × 278 pixels"


@pytest.mark.parametrize(
    ("request_text", "exact"),
    [
        ("At which coordinates is the cup?", True),
        ("give me the bounding boxes of the cups", True),
        ("where is the cup?", False),
        ("mark the cup", False),
    ],
)
def test_coordinates_are_said_where_the_request_asks_for_them(
    request_text: str, exact: bool
) -> None:
    raw = "The cup is here: cup at (162, 16)–(422, 294)"

    sentence = read("The cup is here: {}", CUP, style=style_for(request_text))

    assert (sentence == raw) is exact


@pytest.mark.parametrize(
    ("text", "items", "sentence"),
    [
        (
            "The colours are {}.",
            ["grey", "beige", "black"],
            "The colours are grey, beige and black.",
        ),
        ("It is {}.", ["grey"], "It is grey."),
        ("Found: {}.", [], "Found: none."),
        ("They hold {}.", ["1 cup, 1 spoon", "1 cup"], "They hold 1 cup, 1 spoon; and 1 cup."),
        ("Alike to {}.", [0.12345, 1.0, None], "Alike to 0.12, 1 and nothing."),
        ("Ich höre {}.", ["Hund", "Katze"], "Ich höre Hund, Katze."),
        ("They say:{}", ["one\ntwo", "three"], "They say:\n1. one\ntwo\n2. three"),
    ],
)
def test_lists_read_as_in_a_sentence(text: str, items: Value, sentence: str) -> None:
    assert read(text, items) == sentence


def test_a_full_stop_is_said_once() -> None:
    assert (
        read("It says: {}. {}.", "We open at eight.", "Done") == "It says: We open at eight. Done."
    )


def test_a_table_stands_on_its_own_lines_and_is_read_back() -> None:
    answer = read("The receipt: {} Anything else?", RECEIPT)

    assert answer == (
        "The receipt:\n\n"
        "| Item        | Price |\n"
        "| ----------- | ----- |\n"
        "| Espresso    | 4.80  |\n"
        "| Tea \\| mint | 3.00  |\n\n"
        "Anything else?"
    )
    assert split_tables(answer) == ["The receipt:\n", RECEIPT, "\nAnything else?"]


def test_scores_and_times_in_tables_have_units() -> None:
    assert read("I hear: {}", HEARD).splitlines()[2:] == [
        "| sound      | score | from  | to        |",
        "| ---------- | ----- | ----- | --------- |",
        "| Pink noise | 80 %  | 1 s   | 2.4 s     |",
        "| Speech     | 67 %  | 0.5 s | 1 min 4 s |",
    ]


@pytest.mark.parametrize(
    ("text", "table", "sentence"),
    [
        (
            "Somebody speaks {}.",
            SPEECH,
            "Somebody speaks from 0.2 s to 2 s and from 1 min 5 s to 2 min 5 s.",
        ),
        (
            "A cup is seen {}.",
            film(cup=[0.0, 0.5, 1.0, 4.0, 4.5]),
            "A cup is seen from 0 s to 1 s and from 4 s to 4.5 s.",
        ),
        ("I see: {}", film(cup=[0.0, 1.0], dog=[1.0]), "I see: cup from 0 s to 1 s; dog at 1 s"),
        ("Seen: {}", Table(FILM_COLUMNS, ()), "Seen: none"),
    ],
)
def test_times_are_words(text: str, table: Table, sentence: str) -> None:
    assert read(text, table) == sentence
