"""The files of a language model that runs in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ADAPTER = "adapter.gguf"
KNOWN_TOOLS = "tools.txt"
"""The signatures of the tools that a fine-tuned planner was trained with, one a line."""


@dataclass(frozen=True)
class LanguageModelFiles:
    """A GGUF model and, for a fine-tuned planner, its LoRA adapter and tools."""

    weights: Path
    adapter: Path | None = None
    known_tools: Path | None = None

    @classmethod
    def of_card(cls, files: Mapping[str, Path]) -> LanguageModelFiles:
        """Return the files of a card by their roles."""
        (weights,) = (path for name, path in files.items() if name not in (ADAPTER, KNOWN_TOOLS))
        return cls(weights, files.get(ADAPTER), files.get(KNOWN_TOOLS))
