"""The error tree of Batuta.

    BatutaError
    ├── InputError       user input (a file, an option, an argument) cannot be used
    ├── PluginError      a tool's file or definition is broken
    ├── CatalogueError   a model, a card or a profile is unknown or wrong
    ├── SourceError      weights could not be fetched or fail verification
    ├── ToolError        a tool failed; calls that depend on it are skipped
    │   ├── BadArgument      the planner may fix it with another argument
    │   ├── TransientError   the same call may succeed when retried
    │   └── OutOfMemory      the same call may succeed with more memory
    ├── StorageError     the home folder cannot be read or written
    └── Cancelled        a stop was requested

The planner, the log and the user all read the same text, so a message says what happened, the
offending value with `!r` and what is allowed; the hint says what to do next. Where that differs
between the command line and the chat's page, an error has a page hint as well.
"""


class BatutaError(Exception):
    """An error message, and on a last line `hint: …` with the next step."""

    def __init__(self, message: str, *, hint: str = "", page_hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.page_hint = page_hint or hint
        """The hint for people without a command line."""

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


def split_hint(text: str) -> tuple[str, str]:
    """Split the text of an error into its message and its hint."""
    message, _, hint = text.partition("\nhint: ")
    return message, hint


class InputError(BatutaError):
    """User input cannot be used."""


class PluginError(BatutaError):
    """A tool's file or definition is broken."""


class CatalogueError(BatutaError):
    """A model, a card or a profile is unknown or wrong."""


class SourceError(BatutaError):
    """Weights could not be fetched or fail verification."""


class StorageError(BatutaError):
    """The home folder or the checkpoint database cannot be read or written."""


class ToolError(BatutaError):
    """A tool failed."""


class BadArgument(ToolError):  # noqa: N818  (the vocabulary of plans, not of Python)
    """The call could succeed with another argument."""


class TransientError(ToolError):
    """The same call may succeed when retried."""


class OutOfMemory(ToolError):  # noqa: N818
    """The same call may succeed with more memory."""


class Cancelled(BatutaError):  # noqa: N818
    """A stop was requested."""
