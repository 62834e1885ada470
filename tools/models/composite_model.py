"""The base class of models that are built around other models of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tools.models.catalogue import Catalogue
from tools.sdk.model import Model


class CompositeModel(Model):
    """A model that opens other models of the catalogue as its parts."""

    @classmethod
    def load_with_parts(
        cls,
        files: Mapping[str, Path],
        settings: Mapping[str, str],
        device: str,
        catalogue: Catalogue,
    ) -> Self:
        """Load the model as `Model.load` does, with its parts from the catalogue."""
        raise TypeError(f"{cls.__name__} does not say how it is loaded")
