from collections.abc import Callable
from typing import Any, cast

import PIL.Image
import pytest

from agent.joint.dialogue import (
    Exchange,
    NamedExchange,
    Part,
    encode_text,
    group_images,
    read_exchanges,
    recent_media,
)
from agent.joint.joint_model import JointModel
from tools import Image
from tools.errors import BadArgument

RED = Image(PIL.Image.new("RGB", (4, 4), "red"))


def exchange(request: str, *media: Part) -> NamedExchange:
    return NamedExchange(media, request, "hi")


def test_folders_and_texts_are_not_read() -> None:
    media = (Part([RED, RED], "images1"), Part("a letter", "text1"), Part(RED, "image1"))

    assert read_exchanges([NamedExchange(media, "what is this?")]) == [
        Exchange((RED,), "what is this?")
    ]


def test_only_the_last_four_exchanges_are_read() -> None:
    dialogue = [exchange(str(number)) for number in range(7)]

    assert [each.request for each in read_exchanges(dialogue)] == ["3", "4", "5", "6"]


def test_what_is_neither_medium_nor_words_is_refused() -> None:
    with pytest.raises(BadArgument, match="reads pictures, films, sounds and text, not 7"):
        read_exchanges([exchange("what is this?", Part(7, "number1"))])


def test_an_exchange_is_kept_as_a_value() -> None:
    for answer in ("hi", None):
        kept = Exchange((RED,), "what is this?", answer)

        assert Exchange.from_value(kept.as_value()) == kept


def test_a_request_cannot_end_itself(mind: JointModel) -> None:
    end = cast("Callable[[str], Any]", mind.tokenizer)("[END]").input_ids

    assert end == [1]
    assert 1 not in encode_text("draw [END] two dogs", mind.tokenizer)


def test_many_pictures_that_came_together_are_a_folder() -> None:
    few = [Part(RED, f"image{number}") for number in range(1, 4)]
    many = exchange("find two dogs", *few, Part(RED, "image4"))

    assert group_images(exchange("find two dogs", *few)) == exchange("find two dogs", *few)
    assert group_images(many) == exchange("find two dogs", Part([RED] * 4, "image1 … image4"))


def test_media_of_forgotten_exchanges_are_not_read() -> None:
    said = [
        exchange("hello", Part(RED, "image1")),
        *[exchange("hello")] * 4,
        exchange("what is this?", Part(RED, "image2")),
    ]

    assert recent_media(said) == [Part(RED, "image2")]
