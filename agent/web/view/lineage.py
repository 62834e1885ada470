"""The lineage of an artifact, as a graph and as SVG.

    photo.jpg ──▶ detect ──▶ crop ──▶ restyle
        └────────────────────┘          ▲
    sign.png ───────────────────────────┘

Several artifacts that one command made (eight frames out of a video) are one step.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.plan.syntax.tree import FILE_KINDS
from agent.record.artifacts import Artifact, ArtifactStore, references

MAX_ARTIFACTS = 200
"""Largest number of artifacts that a lineage visits."""


@dataclass(frozen=True)
class LineageStep:
    """One command and what it made, or an uploaded file.

    `inputs` are the indices of the steps whose artifacts it used. `level` counts the steps to the
    requested artifact.
    """

    digests: tuple[str, ...]
    kind: str
    title: str
    detail: str
    command: str
    inputs: tuple[int, ...]
    level: int


@dataclass(frozen=True)
class LineageGraph:
    """The steps in topological order; the last one made the requested artifact.

    `is_truncated` says that the lineage continues beyond the visited artifacts.
    """

    steps: tuple[LineageStep, ...]
    is_truncated: bool = False


def lineage_of(store: ArtifactStore, digest: str, file_names: Mapping[str, str]) -> LineageGraph:
    """Return the lineage of an artifact, back to the uploaded files.

    A step without a command is an uploaded file or a deleted artifact. `file_names` are the names
    of this conversation's files, by digest. They do not come from the store: another visitor may
    own the same content, and their name for it is private.
    """
    walk = _Walk(store, file_names)
    walk.visit(digest)
    levels: defaultdict[str, int] = defaultdict(int)
    for current in reversed(walk.order):
        for earlier in walk.inputs[current]:
            levels[earlier] = max(levels[earlier], levels[current] + 1)
    steps: list[LineageStep] = []
    index_of: dict[str, int] = {}
    index_of_command: dict[tuple[str, int], int] = {}
    for current in walk.order:
        inputs = tuple(dict.fromkeys(index_of[earlier] for earlier in walk.inputs[current]))
        step = _step(
            current, walk.artifacts[current], file_names.get(current, ""), inputs, levels[current]
        )
        index = index_of_command.get((step.command, step.level)) if step.command else None
        if index is None:
            index_of[current] = len(steps)
            index_of_command[step.command, step.level] = len(steps)
            steps.append(step)
        else:
            index_of[current] = index
            steps[index] = _merge(steps[index], step)
    return LineageGraph(tuple(steps), walk.is_truncated)


class _Walk:
    """Depth-first walk that orders artifacts after the ones they were made from."""

    def __init__(self, store: ArtifactStore, file_names: Mapping[str, str]) -> None:
        self.order: list[str] = []
        self.inputs: dict[str, list[str]] = {}
        self.artifacts: dict[str, Artifact | None] = {}
        self.is_truncated = False
        self._store = store
        self._file_names = file_names

    def visit(self, digest: str) -> None:
        artifact = self.artifacts[digest] = self._store.find(digest)
        self.inputs[digest] = []
        lineage = artifact.lineage if artifact and digest not in self._file_names else None
        arguments = lineage.arguments.values() if lineage else ()
        for earlier in dict.fromkeys(
            input_digest for value in arguments for input_digest in references(value)
        ):
            if earlier not in self.artifacts:
                if len(self.artifacts) >= MAX_ARTIFACTS:
                    self.is_truncated = True
                    continue
                self.visit(earlier)
            # Skip a cycle: an ancestor that was deleted and then made again from this artifact.
            if earlier in self.order:
                self.inputs[digest].append(earlier)
        self.order.append(digest)


def _step(
    digest: str, artifact: Artifact | None, file_name: str, inputs: tuple[int, ...], level: int
) -> LineageStep:
    kind = FILE_KINDS.get(artifact.kind, artifact.kind) if artifact else "gone"
    lineage = artifact.lineage if artifact and not file_name else None
    if lineage is None:
        detail = f"given {kind}" if artifact else "not stored any more"
        return LineageStep((digest,), kind, file_name or kind, detail, "", inputs, level)
    parts = (kind, lineage.model.rpartition("/")[2], f"{lineage.seconds:.1f} s")
    detail = " · ".join(part for part in parts if part)
    title = lineage.tool.replace("_", " ")
    return LineageStep((digest,), kind, title, detail, lineage.command, inputs, level)


def _merge(first: LineageStep, second: LineageStep) -> LineageStep:
    """Merge two steps of one command."""
    inputs = tuple(dict.fromkeys(first.inputs + second.inputs))
    return replace(first, digests=first.digests + second.digests, inputs=inputs)


_WIDTH, _HEIGHT, _GAP, _DROP, _MARGIN, _LANE = 152, 44, 14, 34, 4, 16
_MAX_COLUMNS = 3
_MAX_DESCRIBED_STEPS = 12
_TITLE_LENGTH, _DETAIL_LENGTH = 20, 27


def lineage_svg(graph: LineageGraph) -> str:
    """Draw the graph top-down as escaped SVG in the text colour."""
    rows = _rows(graph)
    width = max(len(row) for row in rows) * (_WIDTH + _GAP) - _GAP + 2 * _LANE
    height = len(rows) * (_HEIGHT + _DROP) - _DROP + 2 * _MARGIN
    positions: dict[int, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        left = (width - len(row) * (_WIDTH + _GAP) + _GAP) / 2
        for column, step in enumerate(row):
            positions[step] = (
                left + column * (_WIDTH + _GAP),
                _MARGIN + number * (_HEIGHT + _DROP),
            )
    drawing = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "role": "img",
            "class": "lineage",
            "viewBox": f"0 0 {width} {height}",
            "width": str(width),
            "height": str(height),
            "fill": "none",
            "stroke": "currentColor",
            "font-size": "12",
        },
    )
    ET.SubElement(drawing, "title").text = _printable(_describe(graph))
    for index, step in enumerate(graph.steps):
        for earlier in step.inputs:
            _draw_arrow(drawing, positions[earlier], positions[index], width)
    for index, step in enumerate(graph.steps):
        _draw_step(drawing, step, positions[index], is_result=index == len(graph.steps) - 1)
    return ET.tostring(drawing, encoding="unicode")


def _rows(graph: LineageGraph) -> list[list[int]]:
    """Return step indices level by level, in rows of at most three."""
    levels: defaultdict[int, list[int]] = defaultdict(list)
    for index, step in enumerate(graph.steps):
        levels[step.level].append(index)
    return [
        levels[level][start : start + _MAX_COLUMNS]
        for level in sorted(levels, reverse=True)
        for start in range(0, len(levels[level]), _MAX_COLUMNS)
    ]


def _draw_arrow(
    drawing: ET.Element, begin: tuple[float, float], end: tuple[float, float], width: float
) -> None:
    """Draw an arrow between two boxes, long ones along the nearer edge."""
    x, y = begin[0] + _WIDTH / 2, begin[1] + _HEIGHT
    to_x, to_y = end[0] + _WIDTH / 2, end[1]
    half = _DROP / 2
    if to_y - y <= _DROP:
        curve = f"M{x:g} {y:g}C{x:g} {y + half:g} {to_x:g} {to_y - half:g} {to_x:g} {to_y:g}"
    else:
        lane = _LANE / 2 if x + to_x < width else width - _LANE / 2
        out = f"C{x:g} {y + half:g} {lane:g} {y + half / 2:g} {lane:g} {y + _DROP:g}"
        back = f"C{lane:g} {to_y - half / 2:g} {to_x:g} {to_y - half:g} {to_x:g} {to_y:g}"
        curve = f"M{x:g} {y:g}{out}V{to_y - _DROP:g}{back}"
    ET.SubElement(drawing, "path", {"d": curve, "opacity": ".45"})
    head = f"M{to_x - 4:g} {to_y - 6:g}L{to_x:g} {to_y:g}L{to_x + 4:g} {to_y - 6:g}"
    ET.SubElement(drawing, "path", {"d": head, "opacity": ".45"})


def _draw_step(
    drawing: ET.Element, step: LineageStep, position: tuple[float, float], *, is_result: bool
) -> None:
    left, top = position
    group = ET.SubElement(drawing, "g")
    ET.SubElement(group, "title").text = _printable(step.command or step.title)
    box = {"x": f"{left:g}", "y": f"{top:g}", "width": str(_WIDTH), "height": str(_HEIGHT)}
    style = {
        "rx": "8",
        "fill": "currentColor",
        "fill-opacity": ".12" if is_result else ".04",
        "stroke-opacity": ".9" if is_result else ".35",
        "stroke-dasharray": "" if step.command else "4 3",
    }
    ET.SubElement(group, "rect", box | {name: value for name, value in style.items() if value})
    count = f" ×{len(step.digests)}" if len(step.digests) > 1 else ""
    text_attributes = {"x": f"{left + _WIDTH / 2:g}", "text-anchor": "middle", "stroke": "none"}
    text_attributes["fill"] = "currentColor"
    title = ET.SubElement(
        group, "text", text_attributes | {"y": f"{top + 18:g}", "font-weight": "600"}
    )
    title.text = _shorten(step.title, _TITLE_LENGTH - len(count)) + count
    detail_attributes = {"y": f"{top + 34:g}", "font-size": "10", "opacity": ".7"}
    ET.SubElement(group, "text", text_attributes | detail_attributes).text = _shorten(
        step.detail, _DETAIL_LENGTH
    )


def _describe(graph: LineageGraph) -> str:
    """Describe the graph for screen readers."""
    steps = " → ".join(step.title for step in graph.steps[-_MAX_DESCRIBED_STEPS:])
    is_shortened = graph.is_truncated or len(graph.steps) > _MAX_DESCRIBED_STEPS
    return f"How it was made: {'… → ' if is_shortened else ''}{steps}"


def _shorten(text: str, length: int) -> str:
    visible = _printable(text)
    return visible if len(visible) <= length else f"{visible[: length - 1].rstrip()}…"


def _printable(text: str) -> str:
    """Replace unprintable characters, which XML cannot hold, by spaces."""
    return "".join(character if character.isprintable() else " " for character in text)
