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

import inspect
import re
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import ParamSpec, TypeVar, overload

from tools.errors import PluginError
from tools.sdk.plan_types import Type
from tools.sdk.typed_function import SEED, Parameter, TypedFunction

P = ParamSpec("P")
R = TypeVar("R")


WORDS_FIELD = re.compile(r"\{(\w+)(?:\|[^{}]*)?\}")
"""A field in a tool's words: {image}, or {label|thing} with a fallback for an empty argument."""


def show_signature(name: str, parameters: Iterable[Parameter], returns: Type) -> str:
    """Format a signature: name, typed parameters and result type."""
    parameter_texts = ", ".join(
        str(parameter) for parameter in parameters if parameter.name != SEED
    )
    return f"{name}({parameter_texts}) -> {returns}"


class Tool(TypedFunction[P, R]):
    """A command that plans can call. Calling it runs the decorated function."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        cache: bool,
        ask: bool = False,
        words: str = "",
        commutes: tuple[str, ...] = (),
        internal: bool = False,
    ) -> None:
        super().__init__(function, cache=cache)
        self.ask = ask
        self.words = words
        self.commutes = commutes
        self.internal = internal
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
        self._check_words()

    def __repr__(self) -> str:
        return f"<tool {self.signature}>"

    @property
    def signature(self) -> str:
        """`name(parameter: Type = default) -> Type`, as the planner and `batuta tools` show it."""
        return show_signature(self.name, self.parameters, self.returns)

    def _check_words(self) -> None:
        names = [parameter.name for parameter in self.parameters]
        for name in WORDS_FIELD.findall(self.words):
            if name not in names:
                raise PluginError(
                    f"{self.source}: the words of tool {self.name!r} refer to {name!r}; "
                    f"its parameters are: {', '.join(names)}",
                    hint="name parameters in the words, as in: Find every {label|thing} in {image}",
                )


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    *,
    cache: bool = True,
    ask: bool = False,
    words: str = "",
    commutes: tuple[str, ...] = (),
    internal: bool = False,
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Callable[P, R] | None = None,
    /,
    *,
    cache: bool = True,
    ask: bool = False,
    words: str = "",
    commutes: tuple[str, ...] = (),
    internal: bool = False,
) -> Tool[P, R] | Callable[[Callable[P, R]], Tool[P, R]]:
    """Make a function a tool; `cache=False` if the same arguments may give another result.

    `ask=True` if it has external effects or high cost: a plan that calls it waits for approval.

    `words` describe a call to people, such as "Find every {label|thing} in {image}[, {many} at
    most]": the text after the bar replaces an empty argument, and a part in brackets is omitted if
    one of its arguments is not given. Without them the description is used.

    `commutes` names the parameters whose arguments may be exchanged, as in a comparison.

    `internal=True` if it is a step of named plans and of no use by itself: planners are not told
    of it.
    """

    def make(function: Callable[P, R]) -> Tool[P, R]:
        return Tool(
            function, cache=cache, ask=ask, words=words, commutes=commutes, internal=internal
        )

    return make if function is None else make(function)


def _first_paragraph(documentation: str) -> str:
    lines = takewhile(
        lambda line: line and not line.startswith(">>>"), map(str.strip, documentation.splitlines())
    )
    return " ".join(lines)
