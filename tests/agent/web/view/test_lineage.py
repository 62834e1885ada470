import xml.etree.ElementTree as ET
from pathlib import Path

import PIL.Image
import pytest

from agent.record.artifacts import ArtifactStore, Encoded, Lineage
from agent.web.view.lineage import LineageGraph, lineage_of, lineage_svg
from tests.agent.conftest import Try
from tools import Image

SVG = "{http://www.w3.org/2000/svg}"


class Workshop:
    """A store in which pictures of one colour are made from one another."""

    def __init__(self, folder: Path) -> None:
        self.store = ArtifactStore(str(folder))
        self.given: dict[str, str] = {}
        self._colour = 0

    def give(self, name: str = "photo.jpg") -> str:
        digest = self._put()
        self.given[digest] = name
        return digest

    def make(self, tool: str, *inputs: str, command: str = "", model: str = "") -> str:
        arguments: dict[str, Encoded] = {"label": "cup"}
        arguments["images"] = [{"artifact": each, "kind": "image"} for each in inputs]
        command = command or f"{tool}({self._colour})"
        lineage = Lineage(command, tool, "1", arguments, model=model, seconds=0.25)
        return self._put(lineage=lineage)

    def _put(self, lineage: Lineage | None = None) -> str:
        self._colour += 1
        picture = Image(PIL.Image.new("RGB", (4, 4), (self._colour, 0, 0)))
        return self.store.add(picture, origin="theirs.jpg", lineage=lineage).digest

    def lineage(self, digest: str) -> LineageGraph:
        return lineage_of(self.store, digest, self.given)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def titles(graph: LineageGraph) -> list[str]:
    return [step.title for step in graph.steps]


def drawn(graph: LineageGraph) -> ET.Element:
    return ET.fromstring(lineage_svg(graph))


def texts(drawing: ET.Element) -> list[str]:
    return [element.text or "" for element in drawing.iter(f"{SVG}text")]


async def test_the_lineage_of_a_runs_result_goes_back_to_what_was_painted(
    attempt: Try, tmp_path: Path
) -> None:
    plan = "a = paint(1, 0)\nn = redness(a, 0)\nb = paint(n, 0)\nsay(b)"
    outcome = (await attempt.run(plan=plan)).outcome
    value = outcome.results[0].value
    assert isinstance(value, dict)

    graph = lineage_of(ArtifactStore(str(tmp_path / "artifacts")), value["artifact"], {})

    (step,) = graph.steps
    assert (step.title, step.command, step.kind) == ("paint", "paint(1, 0)", "picture")


def test_what_somebody_else_gave_or_made_too_is_told_by_its_name_here(workshop: Workshop) -> None:
    theirs = workshop.make("restyle", workshop.make("paint"), command='restyle("my secret")')
    workshop.given[theirs] = "mine.png"
    photo = workshop.give("mine.jpg")
    del workshop.given[photo]

    (step,) = workshop.lineage(theirs).steps
    assert (step.title, step.detail, step.command) == ("mine.png", "given picture", "")
    assert titles(workshop.lineage(workshop.make("blend", photo))) == ["picture", "blend"]


def test_a_given_file_is_its_own_lineage(workshop: Workshop) -> None:
    photo = workshop.give("holiday.jpg")

    (step,) = workshop.lineage(photo).steps

    assert (step.digests, step.title, step.detail) == ((photo,), "holiday.jpg", "given picture")
    assert (step.command, step.inputs, step.level) == ("", (), 0)


def test_steps_stand_after_what_they_were_made_from(workshop: Workshop) -> None:
    photo, sign = workshop.give("photo.jpg"), workshop.give("sign.png")
    cup = workshop.make("crop", photo, command="crop(image1, cups)")
    painted = workshop.make("restyle", cup, sign, model="restyle/adain")
    both = workshop.make("combine", photo, painted)

    graph = workshop.lineage(both)

    assert titles(graph) == ["photo.jpg", "crop", "sign.png", "restyle", "combine"]
    assert [step.inputs for step in graph.steps] == [(), (0,), (), (1, 2), (0, 3)]
    assert [step.level for step in graph.steps] == [3, 2, 2, 1, 0]
    assert graph.steps[3].detail == "picture · adain · 0.2 s"
    assert graph.steps[1].command == "crop(image1, cups)"


def test_what_one_command_made_is_one_step(workshop: Workshop) -> None:
    film = workshop.give("film.mp4")
    frames = [workshop.make("frames", film, command="frames(video1)") for _ in range(8)]
    grid = workshop.make("combine", *frames)

    graph = workshop.lineage(grid)

    assert titles(graph) == ["film.mp4", "frames", "combine"]
    assert graph.steps[1].digests == tuple(frames)
    assert "frames ×8" in texts(drawn(graph))


def test_the_same_words_at_another_level_are_another_step(workshop: Workshop) -> None:
    once = workshop.make("enlarge", workshop.give(), command="enlarge(picture)")
    twice = workshop.make("enlarge", once, command="enlarge(picture)")

    assert titles(workshop.lineage(twice)) == ["photo.jpg", "enlarge", "enlarge"]


def test_what_was_deleted_is_said_to_be_gone(workshop: Workshop, tmp_path: Path) -> None:
    photo = workshop.give()
    grey = workshop.make("grayscale", photo)
    (tmp_path / photo[:2] / f"{photo}.info.json").unlink()

    graph = workshop.lineage(grey)

    assert [(step.title, step.detail) for step in graph.steps] == [
        ("photo.jpg", "not stored any more"),
        ("grayscale", "picture · 0.2 s"),
    ]


def test_a_lineage_in_a_circle_ends(workshop: Workshop, tmp_path: Path) -> None:
    photo = workshop.give()
    grey = workshop.make("grayscale", photo)
    (tmp_path / photo[:2] / f"{photo}.info.json").unlink()
    workshop.given.clear()
    again: dict[str, Encoded] = {"image": {"artifact": grey, "kind": "image"}}
    workshop.store.add(
        Image(PIL.Image.new("RGB", (4, 4), (1, 0, 0))), lineage=Lineage("c()", "c", "1", again)
    )

    assert titles(workshop.lineage(grey)) == ["c", "grayscale"]


def test_a_long_lineage_is_cut_and_one_of_many_paths_is_walked_once(workshop: Workshop) -> None:
    last = workshop.give()
    for _ in range(250):
        last = workshop.make("blend", last, last)

    graph = workshop.lineage(last)

    assert graph.is_truncated
    assert len(graph.steps) == 200
    assert lineage_svg(graph).count("… → blend → blend") == 1


def test_the_drawing_escapes_names_and_takes_the_colour_of_the_text(workshop: Workshop) -> None:
    evil = '</text><script>alert("1")</script>\x00\u202e&amp;'
    made = workshop.make("crop", workshop.give(evil), command=f'crop(image1, "{evil}")')

    svg = lineage_svg(workshop.lineage(made))

    assert "<script" not in svg
    assert "currentColor" in svg
    assert {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()} == {
        "svg", "title", "g", "rect", "text", "path",
    }  # fmt: skip
    assert texts(ET.fromstring(svg))[0] == "</text><script>aler…"


def test_many_files_stand_in_rows_of_three(workshop: Workshop) -> None:
    files = [workshop.give(f"{n}.jpg") for n in range(7)]

    drawing = drawn(workshop.lineage(workshop.make("combine", *files)))

    rows = [rect.get("y") for rect in drawing.iter(f"{SVG}rect")]
    assert [rows.count(y) for y in sorted(set(rows), key=lambda y: float(y or 0))] == [3, 3, 1, 1]
    assert drawing.get("viewBox") == "0 0 516 286"
