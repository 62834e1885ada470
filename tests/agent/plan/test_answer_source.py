from collections.abc import Mapping

import pytest

from agent.plan import answer_source, read_plan
from agent.runtime.session import Session
from tools.sdk.plan_types import Type

NAMES: Mapping[str, Type] = {
    "image1": Type("Image"),
    "audio1": Type("Audio"),
    "text1": Type("Text"),
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session.load("offline", home=tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    ("plan", "source"),
    [
        ('say("{text1}")', "text1"),
        ("say(text1)", "text1"),
        ('say("\\"{text1}\\".")', "text1"),
        ('sign = read_text(image1)\nsay("{sign}")', "image1"),
        ("say(read_text(image1))", "image1"),
        ('grey = grayscale(image1)\nsign = read_text(grey)\nsay("{sign}")', "image1"),
        ('words = transcribe(audio1)\nsay("{words}")', "audio1"),
        ('answer = answer_from(text1, "What does it cost?")\nsay("{answer}")', "text1"),
        ('words = read_text(image1)\nshort = summarize(words, 1)\nsay("{short}")', "image1"),
        ('say("The text says: {text1}")', ""),
        ('say("{text1}")\nsay("That is all.")', ""),
        ('seen = caption(image1)\nsay("{seen}")', ""),
        ('n = count(detect(image1, "dog"))\nsay("{n}")', ""),
        ('say("Hello!")', ""),
        ('grey = grayscale(image1)\nsay("{grey}")', ""),
        ('if len(text1) > 3:\n    say("{text1}")', "text1"),
    ],
)
def test_an_answer_that_is_only_words_of_a_file_names_the_file(
    session: Session, plan: str, source: str
) -> None:
    checked = read_plan(plan, session.offered, NAMES)

    assert answer_source(checked) == source
