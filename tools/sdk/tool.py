"""The `@tool` decorator: a typed function becomes a command of the plan language.

>>> @tool
... def grayscale(image: Image) -> Image:
...     \"\"\"Turn a picture into shades of grey.\"\"\"
...     return image.map(lambda pixels: pixels.convert("L"))

The schema comes from the type hints, and the description for the planner from the docstring's first
paragraph. Lines of the docstring that start with `>>>` are examples: lines of a plan, over the
sample files of tools/samples/, that `batuta tool check` runs.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import update_wrapper
from itertools import takewhile
from typing import Generic, ParamSpec, TypeVar, cast, overload

from tools.errors import PluginError
from tools.sdk.model import Model
from tools.sdk.plan_types import Type, Value, accepts, type_of_hint, type_of_value

P = ParamSpec("P")
R = TypeVar("R")

SEED = "seed"
"""A parameter of this name is filled in by the run, so that results are reproducible."""


WORDS_FIELD = re.compile(r"\{(\w+)(?:\|[^{}]*)?\}")
"""A field in a tool's words: {image}, or {label|thing} with a fallback for an empty argument."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a tool, as plans use it."""

    name: str
    type: Type
    required: bool
    default: Value = None

    def __str__(self) -> str:
        return f"{self.name}: {self.type}" + ("" if self.required else f" = {self.default!r}")


def show_signature(name: str, parameters: Iterable[Parameter], returns: Type) -> str:
    """Format a signature: name, typed parameters and result type."""
    parameter_texts = ", ".join(
        str(parameter) for parameter in parameters if parameter.name != SEED
    )
    return f"{name}({parameter_texts}) -> {returns}"


class Tool(Generic[P, R]):
    """A command that plans can call. Calling it runs the decorated function."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        cache: bool,
        ask: bool = False,
        words: str = "",
        commutes: tuple[str, ...] = (),
    ) -> None:
        if not inspect.isfunction(function) or inspect.iscoroutinefunction(function):
            raise PluginError(
                f"{function!r} cannot be a tool: it is not an ordinary function",
                hint="put @tool above a `def`; async functions and classes are not called by plans",
            )
        self.function = function
        self.cache = cache
        self.ask = ask
        self.words = words
        self.commutes = commutes
        self.name = function.__name__
        self.source = _source_location(function)
        documentation = inspect.getdoc(function) or ""
        self.description = _first_paragraph(documentation)
        self.examples = tuple(
            line.strip().removeprefix(">>>").strip()
            for line in documentation.splitlines()
            if line.strip().startswith(">>>")
        )
        if not self.description:
            raise PluginError(
                f"{self.source}: tool {self.name!r} has no docstring",
                hint='add one line that says what it does: """Turn a picture into …"""',
            )
        self.model_class, parameters = self._read_parameters()
        self.parameters = tuple(parameters)
        self.returns = self._read_type("return")
        self._check_words()
        # The version is part of the cache key: changed source invalidates earlier results.
        self.version = hashlib.sha256(_source_text(function).encode()).hexdigest()[:12]
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<tool {self.signature}>"

    @property
    def signature(self) -> str:
        """`name(parameter: Type = default) -> Type`, as the planner and `batuta tools` show it."""
        return show_signature(self.name, self.parameters, self.returns)

    @property
    def seeded(self) -> bool:
        return any(parameter.name == SEED for parameter in self.parameters)

    def _read_parameters(self) -> tuple[type[Model] | None, list[Parameter]]:
        model_class: type[Model] | None = None
        parameters: list[Parameter] = []
        for position, parameter in enumerate(inspect.signature(self.function).parameters.values()):
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise PluginError(
                    f"{self.source}: parameter {parameter} of tool {self.name!r} has no fixed name",
                    hint="give every parameter a name and a type; take a list for several values",
                )
            hint = self._hint(parameter.name)
            if position == 0 and isinstance(hint, type) and issubclass(hint, Model):
                model_class = hint
                continue
            kind = self._read_type(parameter.name)
            required = parameter.default is parameter.empty
            default = cast("Value", None if required else parameter.default)
            if not required and not accepts(kind, type_of_value(default)):
                raise PluginError(
                    f"{self.source}: the default {default!r} of {parameter.name!r} in tool "
                    f"{self.name!r} is not {kind}",
                    hint="change the default or the type hint",
                )
            parameters.append(Parameter(parameter.name, kind, required, default))
        return model_class, parameters

    def _check_words(self) -> None:
        names = [parameter.name for parameter in self.parameters]
        for name in WORDS_FIELD.findall(self.words):
            if name not in names:
                raise PluginError(
                    f"{self.source}: the words of tool {self.name!r} refer to {name!r}; "
                    f"its parameters are: {', '.join(names)}",
                    hint="name parameters in the words, as in: Find every {label|thing} in {image}",
                )

    def _read_type(self, name: str) -> Type:
        hint = self._hint(name)
        try:
            return type_of_hint(hint)
        except TypeError as error:
            raise PluginError(
                f"{self.source}: {name!r} of tool {self.name!r}: {error}",
                hint="use str, int, float, bool, Literal, a medium of tools.media, or a list of "
                "one of them",
            ) from error

    def _hint(self, name: str) -> object:
        try:
            hints = typing.get_type_hints(self.function)
        except (NameError, TypeError) as error:
            raise PluginError(
                f"{self.source}: the type hints of tool {self.name!r} cannot be read: {error}",
                hint="import every type the hints name",
            ) from error
        if name not in hints:
            what = "result" if name == "return" else f"parameter {name!r}"
            raise PluginError(
                f"{self.source}: the {what} of tool {self.name!r} has no type hint",
                hint="write it as in: def grayscale(image: Image) -> Image",
            )
        return hints[name]


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    *, cache: bool = True, ask: bool = False, words: str = "", commutes: tuple[str, ...] = ()
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Callable[P, R] | None = None,
    /,
    *,
    cache: bool = True,
    ask: bool = False,
    words: str = "",
    commutes: tuple[str, ...] = (),
) -> Tool[P, R] | Callable[[Callable[P, R]], Tool[P, R]]:
    """Make a function a tool; `cache=False` if the same arguments may give another result.

    `ask=True` if it has external effects or high cost: a plan that calls it waits for approval.

    `words` describe a call to people, such as "Find every {label|thing} in {image}[, {many} at
    most]": the text after the bar replaces an empty argument, and a part in brackets is omitted if
    one of its arguments is not given. Without them the description is used.

    `commutes` names the parameters whose arguments may be exchanged, as in a comparison.
    """
    if function is None:
        return lambda function: Tool(function, cache=cache, ask=ask, words=words, commutes=commutes)
    return Tool(function, cache=cache, ask=ask, words=words, commutes=commutes)


def _first_paragraph(documentation: str) -> str:
    lines = takewhile(
        lambda line: line and not line.startswith(">>>"), map(str.strip, documentation.splitlines())
    )
    return " ".join(lines)


def _source_text(function: Callable[..., object]) -> str:
    try:
        return inspect.getsource(function)
    except OSError:  # defined at a prompt
        return function.__qualname__


def _source_location(function: Callable[..., object]) -> str:
    code = function.__code__
    return f"{code.co_filename}:{code.co_firstlineno}"
