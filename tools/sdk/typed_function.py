"""Typed functions that may need a model, as the runtime executes them.

A tool is a typed function that plans can call. A conductor that writes no plans has others of its
own, which run, fail, and are recorded and cached like tools.
"""

from __future__ import annotations

import hashlib
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar, cast

from tools.errors import PluginError
from tools.sdk.model import Model
from tools.sdk.plan_types import Type, Value, accepts, type_of_hint, type_of_value

P = ParamSpec("P")
R = TypeVar("R")

SEED = "seed"
"""A parameter of this name is filled in by the run, so that results are reproducible."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a tool, as plans use it."""

    name: str
    type: Type
    required: bool
    default: Value = None

    def __str__(self) -> str:
        return f"{self.name}: {self.type}" + ("" if self.required else f" = {self.default!r}")


class TypedFunction(Generic[P, R]):
    """A function of values, with its types, its version and the model it needs."""

    def __init__(self, function: Callable[P, R], *, cache: bool = True) -> None:
        if not inspect.isfunction(function) or inspect.iscoroutinefunction(function):
            raise PluginError(
                f"{function!r} cannot be a tool: it is not an ordinary function",
                hint="put @tool above a `def`; async functions and classes are not called by plans",
            )
        self.function = function
        self.cache = cache
        self.name = function.__name__
        self.source = _source_location(function)
        self.model_class, parameters = self._read_parameters()
        self.parameters = tuple(parameters)
        self.returns = self._read_type("return")
        # The version is part of the cache key: changed source invalidates earlier results.
        self.version = hashlib.sha256(_source_text(function).encode()).hexdigest()[:12]
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

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


def typed_function(function: Callable[P, R]) -> TypedFunction[P, R]:
    """Make a function executable without making it a tool."""
    return TypedFunction(function)


def _source_text(function: Callable[..., object]) -> str:
    try:
        return inspect.getsource(function)
    except OSError:  # defined at a prompt
        return function.__qualname__


def _source_location(function: Callable[..., object]) -> str:
    code = function.__code__
    return f"{code.co_filename}:{code.co_firstlineno}"
