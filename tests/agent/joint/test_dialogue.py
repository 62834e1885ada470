from collections.abc import Callable
from typing import Any, cast

import PIL.Image
import pytest

from agent.joint.dialogue import (
    Exchange,
    Part,
    encode_text,
    exchanges_of,
    group_images,
    recent_media,
)
from agent.joint.joint_model import JointModel
from tools import Image
from tools.errors import BadArgument

RED = Image(PIL.Image.new("RGB", (4, 4), "red"))


def test_media_stand_in_the_exchange_whose_request_follows_them() -> None:
    assert exchanges_of(["hello", "hi", RED, "what is this?"]) == [
        Exchange((), "hello", "hi"),
        Exchange((RED,), "what is this?"),
    ]


def test_only_the_last_four_exchanges_are_read() -> None:
    said = [str(number) for number in range(13)]

    requests = [each.request for each in exchanges_of(said)]

    assert requests == ["6", "8", "10", "12"]


def test_what_is_neither_medium_nor_words_is_refused() -> None:
    with pytest.raises(BadArgument, match="reads pictures, films, sounds and text, not 7"):
        exchanges_of([7, "what is this?"])


def test_a_request_cannot_end_itself(mind: JointModel) -> None:
    end = cast("Callable[[str], Any]", mind.tokenizer)("[END]").input_ids

    assert end == [1]
    assert 1 not in encode_text("draw [END] two dogs", mind.tokenizer)


def test_many_pictures_that_came_together_are_a_folder() -> None:
    few = [Part(RED, f"image{number}") for number in range(1, 4)]
    many = [*few, Part(RED, "image4")]
    request = Part("find two dogs")

    assert group_images([*few, request]) == [*few, request]
    assert group_images([*many, request]) == [Part([RED] * 4, "image1 … image4"), request]


def test_media_of_forgotten_exchanges_are_not_read() -> None:
    said = [Part(RED, "image1"), *[Part("hello")] * 8, Part(RED, "image2"), Part("what is this?")]

    assert recent_media(said) == [Part(RED, "image2")]
