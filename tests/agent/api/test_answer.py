"""The answer of the Python API: its media, its files and how a notebook shows it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import PIL.Image
import pytest

import tools
from agent import Agent, RunFailed
from agent.api import answer_html
from tests.agent.conftest import SLOW_TOOLS
from tools import Audio, Box, Table, Video
from tools.errors import InputError
from tools.signal.music.note_tables import notes_table
from tools.signal.music.piano_synth import Note

SPEECH = Path(tools.__file__).parent / "samples" / "speech.wav"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def menu(text: str) -> Table:
    """Return a table with one row."""
    return Table(("dish", "price"), ((text, 3.5),))


def melody() -> Table:
    """Return two notes."""
    return notes_table([Note(60, 0, 0.5, 1), Note(64, 0.5, 1, 1)])


def test_media_are_sorted_by_kind(photo: Path) -> None:
    files = [photo, SPEECH]
    plan = 'film = slideshow([image1], 1)\nsay("{image1} {film} {audio1}")'

    with Agent.open() as agent:
        answer = agent.run(files=files, plan=plan)

    assert [image.size for image in answer.images] == [(8, 6)]
    assert isinstance(answer.audio[0], Audio)
    assert isinstance(answer.videos[0], Video)
    assert list(answer.results) == ["image1", "film", "audio1"]
    assert answer.text == "[image1] [film] [audio1]"


def test_a_table_that_the_text_shows_is_a_table_in_python(home: Path) -> None:
    with Agent.open(tools=[menu]) as agent:
        answer = agent.run(plan='card = menu("soup")\nsay("{card}")')
        again = agent.run(plan='say("Done")', conversation=answer.conversation)

    assert answer.tables == [Table(("dish", "price"), (("soup", 3.5),))]
    assert "soup | 3.5" in answer.text
    assert again.tables == []


def test_a_table_that_the_text_shows_is_saved_as_csv(home: Path, tmp_path: Path) -> None:
    plan = 'card = menu("=soup")\nother = menu("bread")\nsay("{card}")'

    with Agent.open(tools=[menu]) as agent:
        answer = agent.run(plan=plan)

    paths = answer.save(tmp_path / "saved")
    assert paths == {"card": tmp_path / "saved" / "card.csv"}
    assert paths["card"].read_text() == "dish,price\n'=soup,3.5\n"
    assert "- [card](card.csv)" in (tmp_path / "saved" / "answer.md").read_text()


def test_notes_are_saved_as_midi_too(home: Path, tmp_path: Path) -> None:
    with Agent.open(tools=[melody]) as agent:
        answer = agent.run(plan='tune = melody()\nsay("{tune}")')

    paths = answer.save(tmp_path)
    assert paths == {"tune": tmp_path / "tune.csv", "tune.mid": tmp_path / "tune.mid"}
    assert paths["tune.mid"].read_bytes()[:4] == b"MThd"


def test_the_items_of_a_list_are_images_of_their_own(photo: Path) -> None:
    with Agent.open() as agent:
        answer = agent.run(files=[photo], plan="greys = [grayscale(image1) for i in range(2)]")

    assert len(answer.images) == 2


def test_values_that_are_no_media_have_their_names(photo: Path) -> None:
    plan = 'red = redness(image1, ms=1)\nmiddle = box(25, 25, 75, 75)\nsay("{red}")'

    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        answer = agent.run(files=[photo], plan=plan)

    assert answer.values["red"] == 200
    assert answer.values["middle"] == Box(25, 25, 75, 75)


def test_the_answer_is_usable_after_the_agent_is_closed(photo: Path) -> None:
    with Agent.open() as agent:
        answer = agent.run(files=[photo], plan="grey = grayscale(image1)")

    assert answer.images[0].pixels.getpixel((0, 0)) == (67, 67, 67)
    assert [path.read_bytes()[:4] for path in answer.files.values()] == [b"\x89PNG"]


def test_an_answer_is_saved_as_a_folder(photo: Path, script: str, tmp_path: Path) -> None:
    with Agent.open(language_model=script) as agent:
        paths = agent.run("Turn it grey", files=[photo]).save(tmp_path / "out")

    assert paths == {"grey": tmp_path / "out" / "grey.png"}
    with PIL.Image.open(paths["grey"]) as image:
        assert image.size == (8, 6)
    page = (tmp_path / "out" / "answer.md").read_text()
    assert page.startswith("# Turn it grey\n\nHere: [grey]\n\n- [grey](grey.png)\n")
    assert "grey = grayscale(image1)" in page


@pytest.mark.parametrize("name", ["cup.png", "cup.jpg", "cup.webp"])
def test_an_image_is_saved_in_the_format_of_its_suffix(photo: Path, name: str) -> None:
    with Agent.open() as agent:
        agent.run(files=[photo], plan="grey = grayscale(image1)").images[0].save(
            photo.parent / name
        )

    with PIL.Image.open(photo.parent / name) as image:
        assert (image.size, image.mode) == ((8, 6), "RGB")


@pytest.mark.parametrize("name", ["cup", "cup.mp4", "cup.zzz"])
def test_an_image_is_not_saved_under_another_suffix(photo: Path, name: str) -> None:
    with Agent.open() as agent:
        answer = agent.run(files=[photo], plan="grey = grayscale(image1)")

    with pytest.raises(InputError, match=repr(name)) as caught:
        answer.images[0].save(name)
    assert ".png" in caught.value.hint


def test_a_notebook_shows_the_images_and_the_plan(photo: Path, script: str) -> None:
    with Agent.open(language_model=script) as agent:
        answer = agent.run("Turn it grey", files=[photo])

    page = answer._repr_html_()
    (source,) = re.findall(r'<img src="data:image/png;base64,([^"]+)"', page)
    assert base64.b64decode(source) == answer.images[0].encode()
    assert "grey = grayscale(image1)" in page
    assert answer.images[0]._repr_png_() == answer.images[0].encode()


def test_a_notebook_shows_sound_films_and_tables(photo: Path) -> None:
    plan = 'film = slideshow([image1], 1)\nsay("{audio1} {film}")'
    with Agent.open(tools=[menu]) as agent:
        answer = agent.run(files=[photo, SPEECH], plan=plan)
        with_table = agent.run(plan='card = menu("soup")')

    page = answer._repr_html_()
    assert '<audio controls src="data:audio/wav;base64,' in page
    assert '<video controls src="data:video/mp4;base64,' in page
    assert "soup" in with_table._repr_html_()


def test_what_people_and_tools_write_is_escaped_in_a_notebook(home: Path) -> None:
    with Agent.open(tools=[SLOW_TOOLS]) as agent:
        answer = agent.run(EVIL, plan=f'a = echo("{EVIL}", ms=1)\nsay(a)')

    page = answer._repr_html_()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_a_large_medium_is_named_but_not_embedded(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_html, "MAX_MEDIUM_BYTES", 10)
    with Agent.open() as agent:
        page = agent.run(files=[photo], plan="grey = grayscale(image1)")._repr_html_()

    assert "base64" not in page
    assert "a picture of 8×6 pixels" in page


def test_a_notebook_that_shows_markdown_gets_text_and_plan(photo: Path, script: str) -> None:
    with Agent.open(language_model=script) as agent:
        answer = agent.run("Turn it grey", files=[photo])

    assert answer._repr_markdown_() == (
        "# Turn it grey\n\nHere: [grey]\n\n- `grey`\n\n"
        '## Plan\n\n```\ngrey = grayscale(image1)\nsay("Here: {grey}")\n\n```\n'
    )
    assert str(answer) == "Here: [grey]"


def test_a_failed_run_is_shown_with_its_error(photo: Path) -> None:
    plan = 'grey = grayscale(image1)\nbad = crash("oh")\nsay("{grey}")\nsay(bad)'
    with Agent.open(tools=[SLOW_TOOLS]) as agent, pytest.raises(RunFailed) as caught:
        agent.run(files=[photo], plan=plan)

    page = caught.value.answer._repr_html_()
    assert "failed:" in page
    assert "<img" in page
