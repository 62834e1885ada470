"""The tool registry: built-in tools, those of installed packages and the user's own, by name.

A broken plugin is reported and left out, whatever it raises; the other tools still work.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import linecache
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import tools.library
from tools.errors import BatutaError, InputError, PluginError
from tools.sdk.tool import Tool

ENTRY_POINTS = "batuta.tools"

RESERVED = frozenset({"len", "max", "min", "range", "round", "say", "sorted", "sum"})
"""Names of the plan language that a tool cannot have."""

AnyTool = Tool[..., Any]


class UnknownToolError(InputError, KeyError):
    """No tool has that name."""


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that was left out: its source, the error and a hint."""

    source: str
    error: str
    hint: str

    @property
    def message(self) -> str:
        """The error with its source."""
        return self.error if self.source in self.error else f"{self.source}: {self.error}"

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}"


class Registry(Mapping[str, AnyTool]):
    """Tools by name, in alphabetical order, and the plugins that could not be loaded."""

    def __init__(self) -> None:
        self._tools: dict[str, AnyTool] = {}
        self._broken: list[BrokenPlugin] = []

    @classmethod
    def load(cls, files: Sequence[Path] = (), user_folder: Path | None = None) -> Registry:
        """Load the built-in tools, then those of packages, of files and of the user's folder.

        An earlier tool keeps its name: a later one of the same name is reported as broken.
        """
        user_files = _plugins_in(user_folder) if user_folder else ()
        registry = cls()
        for module in pkgutil.walk_packages(tools.library.__path__, "tools.library."):
            if not module.ispkg:
                registry._add(module.name, lambda name=module.name: _tools_of_module(name))
        for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
            registry._add(f"entry point {point.name}", lambda point=point: _tools_of_entry(point))
        for path in dict.fromkeys(path.resolve() for path in (*files, *user_files)):
            registry._add(str(path), lambda path=path: _tools_of_file(path))
        return registry

    @property
    def broken(self) -> tuple[BrokenPlugin, ...]:
        return tuple(self._broken)

    def add(self, tool: AnyTool) -> None:
        """Add a tool; PluginError if its name is reserved or taken."""
        self._check_name(tool)
        self._tools[tool.name] = tool

    def extended(self, tools: Iterable[AnyTool]) -> Registry:
        """Return a registry with these tools in addition."""
        extended = Registry()
        extended._tools = dict(self._tools)
        extended._broken = list(self._broken)
        for tool in tools:
            extended.add(tool)
        return extended

    def subset(self, names: Iterable[str]) -> Registry:
        """Return a registry with only these tools."""
        chosen = Registry()
        chosen._tools = {name: self[name] for name in names}
        return chosen

    def __getitem__(self, name: str) -> AnyTool:
        if name in self._tools:
            return self._tools[name]
        near = difflib.get_close_matches(name, self._tools, n=3)
        raise UnknownToolError(
            f"there is no tool {name!r}; there are: {', '.join(self)}",
            hint=f"did you mean {' or '.join(map(repr, near))}?"
            if near
            else "run `batuta tools` to see what each of them does",
        )

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._tools))

    def __len__(self) -> int:
        return len(self._tools)

    def _add(self, source: str, load_tools: Callable[[], tuple[AnyTool, ...]]) -> None:
        try:
            new_tools = load_tools()
            for tool in new_tools:
                self._check_name(tool)
        except KeyboardInterrupt:
            raise
        # Importing runs third-party code: it may even call sys.exit.
        except BaseException as error:  # noqa: BLE001
            self._broken.append(_report(source, error))
            return
        self._tools.update({tool.name: tool for tool in new_tools})

    def _check_name(self, tool: AnyTool) -> None:
        if tool.name in RESERVED:
            raise PluginError(
                f"{tool.source}: the name {tool.name!r} belongs to the plan language",
                hint="give the tool another name",
            )
        other = self._tools.get(tool.name)
        if other and other is not tool:
            raise PluginError(
                f"{tool.source}: there is already a tool {tool.name!r}, from {other.source}",
                hint="give one of them another name",
            )


def _plugins_in(folder: Path) -> list[Path]:
    return [
        path for path in sorted(folder.glob("*.py")) if not path.name.startswith(("_", "test_"))
    ]


def _tools_of_module(name: str) -> tuple[AnyTool, ...]:
    return _tools_in(importlib.import_module(name))


def _tools_of_entry(point: EntryPoint) -> tuple[AnyTool, ...]:
    loaded = point.load()
    if isinstance(loaded, Tool):
        return (loaded,)
    if isinstance(loaded, ModuleType):
        return _tools_in(loaded)
    raise PluginError(
        f"entry point {point.value!r} is neither a module nor a tool but {loaded!r}",
        hint=f"in the package's pyproject.toml, name a module or a tool under {ENTRY_POINTS!r}",
    )


def _tools_of_file(path: Path) -> tuple[AnyTool, ...]:
    # Files in different folders may have the same name.
    name = f"batuta_plugin_{path.stem}_{hashlib.sha256(bytes(path)).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} is not a Python file", hint="a tool's file ends in .py")
    module = importlib.util.module_from_spec(spec)
    linecache.checkcache(str(path))  # a tool's version is a digest of its current source
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        return _tools_in(module)
    except BaseException:
        del sys.modules[name]
        raise


def _tools_in(module: ModuleType) -> tuple[AnyTool, ...]:
    """Return the tools that a module or its package defines, not those it imports."""
    package = module.__name__.partition(".")[0]
    by_name = {
        value.name: value
        for value in vars(module).values()
        if isinstance(value, Tool) and value.function.__module__.partition(".")[0] == package
    }
    if not by_name:
        raise PluginError(
            f"{module.__file__} has no tool",
            hint="put @tool above a function: from tools import tool",
        )
    return tuple(by_name.values())


def _report(source: str, error: BaseException) -> BrokenPlugin:
    if isinstance(error, BatutaError):
        return BrokenPlugin(source, error.message, error.hint)
    if isinstance(error, SyntaxError):
        return BrokenPlugin(
            source, f"{error.filename}:{error.lineno}: {error.msg}", "correct that line"
        )
    if isinstance(error, FileNotFoundError) and error.filename == source:
        return BrokenPlugin(source, f"there is no file {source!r}", "check its name and place")
    if isinstance(error, ModuleNotFoundError):
        hint = f"install what provides {error.name!r}, or correct its name"
    else:
        hint = "correct that line, or move what it does into the tool"
    return BrokenPlugin(source, f"{_error_location(error)}{type(error).__name__}: {error}", hint)


def _error_location(error: BaseException) -> str:
    """Return the location of an error: the last frame outside the import system."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and not frame.filename.startswith("<frozen")
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}: " if frames else ""
