"""Errors of language models."""

from __future__ import annotations

from tools.errors import BatutaError


class LanguageModelError(BatutaError):
    """A language model could not be loaded or did not answer."""
