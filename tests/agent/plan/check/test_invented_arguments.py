"""A tool that the planner was not trained with gets no value that nobody named."""

import pytest

from agent.plan import find_invented_argument, missing_detail
from agent.plan.syntax.parser import parse
from tools.sdk.tool import tool


@tool
def book_table(restaurant: str, date: str, guests: int, discount: float = 0.0) -> str:
    """Book a table in the local time of the restaurant."""
    return f"{restaurant} {date} {guests} {discount}"


@tool
def send_message(recipient: str, text: str, urgent: bool = False) -> str:
    """Send a message."""
    return f"{recipient} {text} {urgent}"


@tool
def mix_colours(colours: list[str], amounts: list[float]) -> str:
    """Mix colours."""
    return f"{colours} {amounts}"


TOOLS = {callee.name: callee for callee in (book_table, send_message, mix_colours)}


def question(plan: str, request: str, context: str = "") -> str:
    problem = find_invented_argument(parse(plan), TOOLS, request, context)
    return missing_detail(problem) if problem else ""


@pytest.mark.parametrize(
    ("request_text", "call"),
    [
        ("A table at Ginza on 9 July 2026 for two", 'book_table("Ginza", "2026-07-09", 2)'),
        ("four of us at the Ginza, 2026-07-09", 'book_table("Ginza", "2026-07-09", 4)'),
        ("fuor at Ginsa, christmas eve 2026", 'book_table("Ginza", "2026-12-24", 4)'),
        ("Ginza, July 9, 2 people, 15% off", 'book_table("Ginza", "07-09", 2, discount=0.15)'),
        ("Ginza, July 9, a dozen people", 'book_table("Ginza", "July 9", 12, discount=0.0)'),
        ("tell Ana that I am late", 'send_message("Ana", "I am late", urgent=True)'),
        (
            "write to Ana that I cannot come",
            'send_message("Ana", "Dear friend, sadly there is no way for me. Yours")',
        ),
        ("mix red and blue, 2 litres and 500 ml", 'mix_colours(["red", "blue"], [2, 0.5])'),
        ("schreib Ana auf Englisch: danke", 'send_message("Ana", "thanks")'),
        ("a table in the place we were at", 'book_table("local", "1", 1)'),
    ],
)
def test_what_the_request_holds_may_be_passed(request_text: str, call: str) -> None:
    assert question(f'result = {call}\nsay("{{result}}")', request_text) == ""


@pytest.mark.parametrize(
    ("request_text", "call", "detail"),
    [
        ("A table for two at Ginza", 'book_table("Ginza", "2026-07-19", 2)', "date"),
        ("A table at Ginza on July 9", 'book_table("Ginza", "July 9", 5)', "guests"),
        ("A table on July 9 for two", 'book_table("Riverside", "July 9", 2)', "restaurant"),
        ("tell them I am late", 'send_message("Jane Doe", "I am late")', "recipient"),
        ("mix red and blue", 'mix_colours(["red", "blue"], [40, -25])', "amounts"),
    ],
)
def test_an_invented_value_is_asked_for(request_text: str, call: str, detail: str) -> None:
    tool_name = call.split("(")[0]
    assert question(f"say({call})", request_text) == f"For {tool_name}: what is the {detail}?"


def test_names_and_earlier_turns_hold_values_too() -> None:
    plan = 'say(send_message("Jane Doe", "I am late"))'

    assert question(plan, "tell her I am late", "text1: a letter to Jane Doe") == ""
    assert question('say(send_message(text1, "I am late"))', "tell her I am late") == ""


def test_other_tools_are_not_checked() -> None:
    assert question('say(draw("a castle"))', "paint something") == ""
