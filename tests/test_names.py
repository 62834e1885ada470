"""Names say what a thing is: bare participles and words nobody searches for stay rare."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("agent", "tools", "evals", "train")
PARTICIPLES = re.compile(
    r"told|found|seen|made|given|said|shown|known|asked|kept|wanted|taken|drawn|lost|looked|written|"
    r"sought|heard|meant|held|spoken|added|gone|done|been|become|begun|put|cut"
)
MAX_PARTICIPLES = 18
"""May only fall."""
MAX_REPEATED_NAMES = 3
"""May only fall. Of public classes and of files."""
OLD_WORDS = re.compile(
    r"\b(likest|hindmost|anew|mend(?:ed|s)?|none such|dearest|(?:is|are) told of|"
    r"in parts of a hundred|so many as|at hand)\b",
    re.IGNORECASE,
)
MAX_OLD_WORDS = 2
"""May only fall. They stand in docstrings of tools, which a planner was trained with."""
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def modules() -> list[tuple[Path, ast.Module]]:
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return [(path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def bound_name(node: ast.AST) -> str:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    return node.name if isinstance(node, DEFINITIONS) else ""


@pytest.fixture(scope="module")
def trees() -> list[tuple[Path, ast.Module]]:
    return modules()


def test_names_are_nouns_and_verbs(trees: list[tuple[Path, ast.Module]]) -> None:
    places = [
        f"{path}:{node.lineno}: {name}"
        for path, tree in trees
        for node in ast.walk(tree)
        if (name := bound_name(node)) and PARTICIPLES.fullmatch(name.lower().strip("_"))
    ]
    assert len(places) <= MAX_PARTICIPLES, "\n".join(places)


def test_public_classes_and_files_have_names_of_their_own(
    trees: list[tuple[Path, ast.Module]],
) -> None:
    classes = Counter(
        node.name
        for _, tree in trees
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    files = Counter(path.name for path, _ in trees if path.name != "__init__.py")

    repeated = [name for name, count in (classes + files).items() if count > 1]
    assert len(repeated) <= MAX_REPEATED_NAMES, repeated


def test_docstrings_use_words_that_people_search_for(
    trees: list[tuple[Path, ast.Module]],
) -> None:
    places = [
        f"{path}: {word!r}"
        for path, tree in trees
        for node in ast.walk(tree)
        if isinstance(node, (*DEFINITIONS, ast.Module))
        for word in OLD_WORDS.findall(ast.get_docstring(node) or "")
    ]
    assert len(places) <= MAX_OLD_WORDS, "\n".join(places)
