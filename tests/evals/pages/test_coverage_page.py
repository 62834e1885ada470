"""The page that shows what can be asked: its requests, how they are judged, how it is written."""

from pathlib import Path

import PIL.Image
import pytest

from agent.runtime.agent_runtime import AgentRuntime, Settings
from agent.runtime.session import Session
from evals.coverage_outcomes import coverage_faults, coverage_outcomes
from evals.pages import coverage_page
from evals.pages.coverage_page import CoverageRequest, is_right, plan_only, requests, run_request
from evals.pages.page_media import write_small
from tools import Audio, Image
from tools.media.open_untrusted import open_media
from tools.sdk.registry import Registry
from tools.sdk.tool_check import SAMPLES

SYSTEMS = [
    "HuggingGPT",
    "Visual ChatGPT",
    "MM-REACT",
    "ViperGPT / VisProg",
    "AudioGPT",
    "LLaVA-Plus",
    "GPT4Video / ModaVerse",
    "Vitron",
    "InternGPT",
    "Low-code planning",
    "Everyday tools",
]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session.load("offline", home=tmp_path)


def asked(*plans: list[str], absent: tuple[str, ...] = ()) -> CoverageRequest:
    return CoverageRequest(
        row="X", request="Do it", files=[], plans=list(plans), absent=list(absent)
    )


def test_every_system_of_the_first_table_is_asked_something() -> None:
    assert list(dict.fromkeys(request.row for request in requests())) == SYSTEMS


def test_the_requests_speak_of_samples_and_tools_that_are_there(tmp_path: Path) -> None:
    known = Registry.load(user_folder=tmp_path)

    for request in requests():
        assert set(request.files) <= set(SAMPLES)
        assert request.plans or request.absent
        assert set(request.absent) <= set(known)
        for plan in request.plans:
            assert set(plan) <= set(known)
            assert plan == sorted(plan)


def test_a_plan_is_right_if_it_calls_just_the_accepted_tools(session: Session) -> None:
    request = asked(["count", "detect"], ["tally"])

    assert is_right(request, ["detect", "count"], "", session)
    assert is_right(request, ["tally"], "", session)
    assert not is_right(request, ["detect"], "", session)
    assert not is_right(request, [], "I cannot count here.", session)


def test_a_refusal_is_right_only_where_the_model_is_lacking(session: Session) -> None:
    if "edit" not in session.absent:
        pytest.skip("the profile has a model for it")
    told = session.why_absent("edit")

    assert is_right(asked(absent=("edit",)), [], f"{told}\n", session)
    assert not is_right(asked(absent=("draw",)), [], told, session)
    assert not is_right(asked(absent=("detect",)), [], "I cannot do that.", session)


async def test_a_request_is_asked_and_what_it_made_is_kept_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(coverage_page, "FOLDER", tmp_path)
    (tmp_path / "coverage").mkdir()
    script = tmp_path / "replies.txt"
    plans = [
        'cut = crop(image1, box(0, 0, 9, 9))\nsay("{cut}")',
        'grey = grayscale(cut)\nsay("{grey}")',
    ]
    script.write_text("\n---\n".join(plans))
    request = CoverageRequest(
        row="X", request="Crop it", then="Grey", files=["photo"], plans=[["grayscale"]]
    )

    async with AgentRuntime.open(Settings(language_model=f"scripted:{script}")) as agent:
        covered = await run_request(agent, request, "01")

    assert covered.verdict == "answered"
    assert covered.plan == 'grey = grayscale(cut)\nsay("{grey}")\n'
    with PIL.Image.open(tmp_path / "coverage" / "01.jpg") as shown:
        assert shown.size == (9, 9)


async def test_planning_alone_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    script = tmp_path / "replies.txt"
    script.write_text('grey = grayscale(image1)\nsay("{grey}")')
    request = CoverageRequest(row="X", request="Grey", files=["photo"], plans=[["grayscale"]])

    async with AgentRuntime.open(Settings(language_model=f"scripted:{script}")) as agent:
        right, plan = await plan_only(agent, request)

    assert right
    assert plan == 'grey = grayscale(image1)\nsay("{grey}")\n'


def test_a_sound_becomes_an_mp3_of_the_same_length(tmp_path: Path) -> None:
    speech = open_media(SAMPLES["speech"])
    assert isinstance(speech, Audio)

    (path,) = write_small([speech], tmp_path, "speech")

    again = open_media(path)
    assert isinstance(again, Audio)
    assert path.suffix == ".mp3"
    assert again.seconds == pytest.approx(speech.seconds, abs=0.2)
    assert path.stat().st_size < SAMPLES["speech"].stat().st_size / 4


def test_a_transparent_picture_is_shown_on_white_and_words_not_at_all(tmp_path: Path) -> None:
    clear = Image(PIL.Image.new("RGBA", (600, 300), (0, 0, 0, 0)))

    paths = list(write_small([clear, clear], tmp_path, "clear"))

    assert [path.name for path in paths] == ["clear.jpg", "clear1.jpg"]
    with PIL.Image.open(paths[0]) as shown:
        assert shown.size == (280, 140)
        assert shown.getpixel((5, 5)) == (255, 255, 255)


def test_outcomes_are_those_of_requests() -> None:
    assert set(coverage_outcomes()) <= {request.request for request in requests()}


@pytest.mark.parametrize(
    ("request_text", "answer", "fault"),
    [
        ("How many faces are in the picture?", "There is 1 face.", ""),
        ("How many faces are in the picture?", "There are 2 faces.", "the number is 1"),
        ("How many faces are in the picture?", "I cannot count faces.", "it declines"),
        ("Describe this photo", "A cup at (162, 16)–(422, 295).", "pixels are said"),
        ("At which coordinates is the cup?", "The cup is in the middle.", "no coordinates"),
        ("At which coordinates is the cup?", "The cup is at (162, 16)–(422, 295).", ""),
        ("Cut out the cup", "Here it is.", "no image is shown"),
    ],
)
def test_an_answer_is_judged_by_what_it_says_and_shows(
    request_text: str, answer: str, fault: str
) -> None:
    faults = coverage_faults(coverage_outcomes()[request_text], answer, [])

    assert fault in "; ".join(faults)
    assert bool(faults) == bool(fault)
