"""Imports point one way: tools, agent, evals, train, each importing only what stands before it."""

import ast
import subprocess
import sys
from collections.abc import Collection
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ["tools", "agent", "evals", "train"]
HEAVY = [
    "torch",
    "transformers",
    "diffusers",
    "gradio",
    "whisper",
    "onnxruntime",
    "av",
    "langgraph",
]


@cache
def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def imported_packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported_modules(path)}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_stands_before_it(layer: str) -> None:
    above = set(LAYERS[LAYERS.index(layer) + 1 :])

    guilty = {
        str(path.relative_to(ROOT)): sorted(imported_packages(path) & above)
        for path in (ROOT / layer).rglob("*.py")
        if imported_packages(path) & above
    }

    assert guilty == {}


TESTS_WITH_HIGHER_LAYERS = {
    # Data of the sprite world, which evals/world/ makes.
    "tests/agent/joint/network/test_media_encoders.py",
}
"""Tests that import a higher layer than they test; none may be added."""


def test_a_test_imports_only_what_stands_before_its_subject() -> None:
    guilty: set[str] = set()
    for number, layer in enumerate(LAYERS):
        above = {f"{prefix}{name}" for name in LAYERS[number + 1 :] for prefix in ("", "tests.")}
        guilty |= {
            str(path.relative_to(ROOT))
            for path in (ROOT / "tests" / layer).rglob("*.py")
            if any(
                f"{module}.".startswith(tuple(f"{name}." for name in above))
                for module in imported_modules(path)
            )
        }

    assert guilty == TESTS_WITH_HIGHER_LAYERS


def test_no_modules_import_each_other() -> None:
    """Also not inside of functions, where a cycle only hides."""
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*.py")
    }
    graph = {module: runtime_imports(path, paths) for module, path in paths.items()}

    TopologicalSorter(graph).prepare()  # CycleError names the modules


def runtime_imports(path: Path, modules: Collection[str]) -> set[str]:
    """Return the modules that a module imports when it runs, types left out."""
    names: set[str] = set()
    open_nodes: list[ast.AST] = [ast.parse(path.read_text())]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= submodules & set(modules) or {node.module}
        open_nodes += ast.iter_child_nodes(node)
    return names & set(modules)


def test_the_core_does_not_import_the_sprite_world() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for layer in ("tools", "agent")
        for path in (ROOT / layer).rglob("*.py")
        if any(name.startswith("tools.sprites") for name in imported_modules(path))
    }

    # Architecture III writes images as the layers of a scene.
    assert {path for path in importers if not path.startswith("tools/sprites/")} == {
        "agent/joint/network/codebook.py"
    }


def test_only_its_own_package_imports_the_protocol_of_the_extra_mcp() -> None:
    importers = {
        str(path.parent.relative_to(ROOT))
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*.py")
        if "mcp" in imported_packages(path)
    }

    assert importers == {"agent/mcp"}


def test_only_the_graph_of_a_run_imports_langgraph() -> None:
    importers = {
        str(path.parent.relative_to(ROOT))
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*.py")
        if "langgraph" in imported_packages(path)
    }

    assert importers == {"agent/runtime/graph"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["--help"], ["tools"], ["run", "--help"], ["doctor", "--help"]]
)
def test_help_and_the_list_of_tools_import_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from agent.cli.main import app\n"
        f"try: app({arguments!r})\nexcept SystemExit: pass\n"
        f"print('heavy:', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )

    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout

    assert shown.rstrip().endswith("heavy: []")


def test_the_tree_in_contributing_names_every_folder_of_modules() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = text.split("```")[1]
    named: set[str] = set()
    parents: list[str] = []
    for line in filter(None, block.splitlines()):
        folder, *description = line.split()
        depth = (len(line) - len(line.lstrip())) // 2
        parents[depth:] = [folder]
        path = "".join(parents)
        named |= {path, *(path + word for word in description if word.endswith("/"))}

    folders = {
        f"{path.parent.relative_to(ROOT)}/"
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*.py")
    }

    assert named - {"prompts/", "tests/"} == folders
