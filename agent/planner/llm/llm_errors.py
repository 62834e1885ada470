"""What goes wrong between Batuta and a language model."""

from __future__ import annotations

from tools.errors import BatutaError


class LanguageModelError(BatutaError):
    """A language model could not be loaded, reached, or brought to answer."""
