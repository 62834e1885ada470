"""Every error Batuta raises on purpose.

    BatutaError
    ├── InputError       what a person gave (a file, an option, an argument) cannot be used
    ├── PluginError      a tool's file or definition is broken
    ├── CatalogueError   a model, a card or a profile is unknown or wrong
    ├── SourceError      weights could not be fetched, or are not what they should be
    ├── ToolError        a tool could not do its work; what depends on it is skipped
    │   ├── BadArgument      the planner may fix it with another argument
    │   ├── TransientError   the same call may succeed when tried again
    │   └── OutOfMemory      the same call may succeed with more room
    └── Cancelled        somebody asked to stop

The planner, the log and the person all read the same text, so a message says what happened,
the offending value with `!r` and what is allowed; the hint says what to do next.
"""


class BatutaError(Exception):
    """What happened, and on a last line `hint: …` what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class InputError(BatutaError):
    """What a person gave cannot be used."""


class PluginError(BatutaError):
    """A tool's file or definition is broken."""


class CatalogueError(BatutaError):
    """A model, a card or a profile is unknown or wrong."""


class SourceError(BatutaError):
    """Weights could not be fetched, or are not what they should be."""


class ToolError(BatutaError):
    """A tool could not do its work."""


class BadArgument(ToolError):  # noqa: N818  (the vocabulary of plans, not of Python)
    """The call could succeed with another argument."""


class TransientError(ToolError):
    """The same call may succeed when tried again."""


class OutOfMemory(ToolError):  # noqa: N818
    """The same call may succeed with more room."""


class Cancelled(BatutaError):  # noqa: N818
    """Somebody asked to stop."""
