"""What an image lacks of its prompt."""

import PIL.Image
import PIL.ImageDraw
import pytest

from tools import Box, Image
from tools.signal.drawings.claim_checks import find_faults
from tools.signal.drawings.prompt_parser import parse_prompt


def picture(background: str = "#5894ec") -> Image:
    """A blue picture with a red ball at the left and a green one at the right."""
    pixels = PIL.Image.new("RGB", (200, 100), background)
    pen = PIL.ImageDraw.Draw(pixels)
    pen.ellipse((20, 30, 60, 70), fill="#d32f2f")
    pen.ellipse((140, 30, 180, 70), fill="#008000")
    return Image(pixels)


LEFT, RIGHT = Box(20, 30, 60, 70), Box(140, 30, 180, 70)


def faults(prompt: str, exact_scene: bool = True, **boxes: tuple[Box, ...]) -> list[str]:
    return find_faults(parse_prompt(prompt), boxes, picture(), exact_scene=exact_scene)


@pytest.mark.parametrize(
    ("prompt", "boxes", "expected"),
    [
        ("two balls", (LEFT, RIGHT), []),
        ("three balls", (LEFT, RIGHT), ["2 instead of 3 balls"]),
        ("one ball", (LEFT, RIGHT), ["2 instead of 1 ball"]),
        ("a ball", (LEFT, RIGHT), ["2 instead of 1 ball"]),
        ("a ball", (), ["0 instead of 1 ball"]),
        ("some balls", (), ["no ball"]),
        ("some balls", (LEFT, RIGHT), []),
        ("a red ball", (LEFT,), []),
        ("a red ball", (RIGHT,), ["ball not red"]),
        ("two red balls", (LEFT, RIGHT), ["ball not red"]),
        ("a ball on the right", (LEFT,), ["ball not at the right"]),
        ("a ball on the left", (LEFT,), []),
        ("a ball on a blue background", (LEFT,), []),
        ("a ball on a pink background", (LEFT,), ["background blue instead of pink"]),
        (
            "a ball on a blue and white background",
            (LEFT,),
            ["background blue instead of blue and white"],
        ),
    ],
)
def test_each_wrong_claim_is_a_fault(
    prompt: str, boxes: tuple[Box, ...], expected: list[str]
) -> None:
    assert faults(prompt, ball=boxes) == expected


def test_a_photo_may_show_more_than_an_article_says() -> None:
    assert faults("a ball", exact_scene=False, ball=(LEFT, RIGHT)) == []
    assert faults("a ball", exact_scene=False, ball=()) == ["no ball"]
    assert faults("one ball", exact_scene=False, ball=(LEFT, RIGHT)) == ["2 instead of 1 ball"]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a cat left of a dog", []),
        ("a cat right of a dog", ["not dog left of cat"]),
        ("a cat above a dog", ["not cat above dog"]),
        ("a cat inside a dog", ["not cat inside dog"]),
    ],
)
def test_relations_are_checked_by_the_boxes(prompt: str, expected: list[str]) -> None:
    assert faults(prompt, cat=(LEFT,), dog=(RIGHT,)) == expected


def test_a_missing_object_is_one_fault_and_not_two() -> None:
    assert faults("a cat left of a dog", cat=(LEFT,), dog=()) == ["0 instead of 1 dog"]


def test_both_colours_of_a_fading_background_are_needed() -> None:
    fade = PIL.Image.linear_gradient("L").resize((64, 64))
    pixels = PIL.Image.composite(
        PIL.Image.new("RGB", (64, 64), "#70c06c"), PIL.Image.new("RGB", (64, 64), "#1a1a1e"), fade
    )

    def background_faults(colours: str) -> list[str]:
        claims = parse_prompt(f"a dog on a {colours} background")
        return find_faults(claims, {"dog": (LEFT,)}, Image(pixels), exact_scene=True)

    assert background_faults("black and green") == []
    assert background_faults("green to black") == []
    assert len(background_faults("green and pink")) == 1
