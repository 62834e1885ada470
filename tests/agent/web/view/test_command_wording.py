import re
from pathlib import Path

import pytest

from agent.plan import read_plan, steps
from agent.record.events import PlanStep
from agent.web.view.command_wording import describe_command
from tools import Audio, Image, Region, Tool, tool
from tools.sdk.plan_types import Type
from tools.sdk.registry import Registry

TOOLS = Registry.load(user_folder=Path("nowhere"))
GIVEN = {
    **{f"image{n}": Type("Image") for n in (1, 2, 3)},
    "audio1": Type("Audio"),
    "video1": Type("Video"),
    "text1": Type("Text"),
    "region1": Type("Box"),
}


def words_of(plan: str, **more: Tool) -> list[str]:
    """Every command of a plan in words."""
    known = {**TOOLS, **more}
    return [
        describe_command(
            PlanStep(step.path, step.name, step.tool, step.text, step.line, list(step.needs)),
            known[step.tool],
        )
        for step in steps(read_plan(plan, known, GIVEN))
    ]


def words_without_the_tool(text: str) -> str:
    return describe_command(PlanStep("1", "", text.partition("(")[0], text, 1, []), None)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ('detect(image1, label="cup")', "Find every cup in image1"),
        ("detect(image1)", "Find every thing in image1"),
        ("read_text(image2)", "Read the text in image2"),
        ("transcribe(audio1)", "Write down the words spoken in audio1"),
        ("grayscale(image1)", "Turn image1 into shades of grey"),
        ('speak("Good  morning")', "Say “Good morning” aloud"),
        ("speak(text1)", "Say text1 aloud"),
        ("crop(image1, region1)", "Cut region1 out of image1"),
        (
            'combine([image1, image2, image3], how="grid")',
            "Put image1, image2 and image3 together as a grid",
        ),
        (
            'classify(image1, ["a cat", "a dog"])',
            "Say which of “a cat” and “a dog” fits image1 best",
        ),
        ("change_voice(audio1)", "Change the voice in audio1"),
        ("change_voice(audio1, pitch=-5)", "Change the voice in audio1, pitch by -5"),
        ("frames(video1)", "Take pictures out of video1, 8 in all"),
        ("box(10, 20, 110.5, 220)", "Mark the rectangle from (10, 20) to (110.5, 220)"),
        ("restyle(image1, style=image2)", "Paint image1 in the style of image2"),
    ],
)
def test_a_command_reads_as_a_sentence(command: str, words: str) -> None:
    assert words_of(f"result = {command}") == [words]


def test_results_of_other_commands_are_called_by_their_names_or_by_what_made_them() -> None:
    assert words_of(
        'cups = detect(image1, label="cup")\n'
        "first = crop(image1, cups[0])\n"
        "last = crop(image1, cups[-1])\n"
        'text = speak("There are {n} cups")\n'.replace("{n}", "{cups}")
        + "grey = grayscale(crop(image1, region1))\n"
    ) == [
        "Find every cup in image1",
        "Cut the first of cups out of image1",
        "Cut the last of cups out of image1",
        "Say “There are {cups} cups” aloud",
        "Cut region1 out of image1",
        "Turn the result of crop into shades of grey",
    ]


def test_a_command_for_each_of_a_list_says_so() -> None:
    assert words_of(
        "dogs = detect(image1)\n"
        "parts = [crop(image1, dog) for dog in dogs]\n"
        "greys = [grayscale(one) for one in [image1, image2]]\n"
        "more = [grayscale(picture) for picture in [crop(image1, region1)]]\n"
    ) == [
        "Find every thing in image1",
        "Cut each of dogs out of image1",
        "Turn each of image1 and image2 into shades of grey",
        "Cut region1 out of image1",
        "Turn each picture into shades of grey",
    ]


def test_the_model_that_a_plan_chooses_is_named() -> None:
    step = PlanStep("1", "cups", "detect", 'detect@yolox_nano(image1, label="cup")', 1, ["image1"])

    assert describe_command(step, TOOLS["detect"]) == "Find every cup in image1 (by yolox_nano)"


def test_a_plugin_without_words_is_told_by_its_description() -> None:
    @tool
    def mirror_all(images: list[Image], sound: Audio, region: Region, how_often: int = 1) -> Image:
        """Mirror the pictures at a region, to the beat of a sound: left becomes right."""
        return images[0]

    plan = "a = mirror_all([image1, image2], audio1, region1, how_often=3)"

    assert words_of(plan, mirror_all=mirror_all) == [
        "Mirror image1 and image2 at region1, to the beat of audio1 (how often: 3)"
    ]


def test_a_description_is_not_filled_twice() -> None:
    @tool
    def shout(text: str, other: str) -> str:
        """Shout a text into a sound."""
        return text + other

    assert words_of('a = shout("a text, {{other}}", "\\x00 a sound")', shout=shout) == [
        "Shout “a text, {other}” into a sound (other: “\N{REPLACEMENT CHARACTER} a sound”)"
    ]


def test_a_tool_that_is_gone_is_told_by_its_name() -> None:
    assert words_without_the_tool('make_bread("rye", grams=500, crust=None)') == (
        "Make bread (“rye”, grams: 500)"
    )
    assert words_without_the_tool("what is this") == "What is this"


def test_a_long_text_is_cut() -> None:
    words = words_of(f'voice = speak("{"very " * 40}long")')[0]

    assert words.startswith("Say “very very")
    assert words.endswith("…” aloud")
    assert len(words) == 12 + 80


@pytest.mark.parametrize("name", [name for name, tool in TOOLS.items() if not tool.internal])
def test_the_example_of_every_tool_reads_as_plain_words(name: str) -> None:
    samples = {
        "photo": "Image", "sign": "Image", "receipt": "Image", "portrait": "Image",
        "scene": "Image", "film": "Video", "speech": "Audio", "noisy_speech": "Audio",
        "programme": "Document",
    }  # fmt: skip
    for example in TOOLS[name].examples:
        plan = read_plan(example, TOOLS, {n: Type(kind) for n, kind in samples.items()})
        for step in steps(plan):
            shown = PlanStep(step.path, step.name, step.tool, step.text, 1, list(step.needs))
            words = describe_command(shown, TOOLS[step.tool])
            assert re.match(r"[A-Z][^{}\[\]]+\Z", words), words
            assert len(words) <= 160
