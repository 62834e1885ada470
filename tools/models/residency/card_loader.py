"""Load catalogue models onto a device, for residency."""

from __future__ import annotations

import gc
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

from tools.errors import BatutaError, CatalogueError, OutOfMemory, ToolError
from tools.extras import missing_extra
from tools.models.accelerators import release_cached_memory
from tools.models.card import Card
from tools.models.catalogue import Catalogue
from tools.models.composite_model import CompositeModel
from tools.models.download import Observer, fetch
from tools.models.endpoint_model import EndpointModel
from tools.models.profile import Profile
from tools.models.residency.footprints import measure_bytes, memory_in_use
from tools.models.residency.loader import LoadResult, MemoryEstimate
from tools.sdk.model import Model


def open_model(card: Card, device: str = "cpu", **settings: str) -> Any:
    """Load the model of a card without residency, perhaps with other settings.

    For training and evaluation, where nothing else needs memory, and for parts of other models.
    """
    adapter = import_adapter(card)
    all_settings = {**card.settings, **settings}
    return _connect(adapter, card, all_settings) or adapter.load(fetch(card), all_settings, device)


class CardLoader:
    """Loads a card: imports its adapter, passes it the weight files, measures the memory used."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._cards: dict[str, Card] = {}
        self._files: dict[str, Mapping[str, Path]] = {}

    def fetch(self, card: Card, observe: Observer, stop: Event) -> None:
        """Check a card's files, and pull missing ones, so that `load` need not."""
        self._files[card.id] = fetch(card, observe=observe, stop=stop)

    def estimate(self, model_id: str, device: str) -> MemoryEstimate:
        card = self._card(model_id)
        # Footprints are kept by variant, since each takes a different amount of memory.
        return MemoryEstimate(
            card.memory_bytes, dtype=card.variants[0].name if card.variants else "float32"
        )

    def load(self, model_id: str, device: str) -> LoadResult:
        card = self._card(model_id)
        adapter = import_adapter(card)
        files = self._files.pop(model_id, None)
        if files is None:
            files = fetch(card)
        before = memory_in_use(device)
        try:
            model = _connect(adapter, card, card.settings) or _load(
                adapter, files, card.settings, device, self._profile.catalogue
            )
        except BatutaError:
            raise
        except MemoryError as error:
            raise _too_large(model_id, error) from error
        # An adapter may be third-party code: it may even call sys.exit.
        except BaseException as error:
            if type(error).__name__ == "OutOfMemoryError":  # torch's
                raise _too_large(model_id, error) from error
            if isinstance(error, ImportError) and (missing := missing_extra(error)):
                raise missing from error
            raise ToolError(
                f"model {model_id!r} cannot be loaded: {type(error).__name__}: {error}",
                hint="check its files with: batuta models pull --verify",
            ) from error
        if card.settings.get("offload"):
            # Nothing is on the device yet, so use the card's figure for the running model.
            return LoadResult(model, card.memory_bytes)
        # The first model of a kind also imports its library, which is not counted as the model's.
        measured_bytes = measure_bytes(
            device,
            before,
            minimum=min(card.download_bytes, card.memory_bytes),
            maximum=4 * card.memory_bytes,
        )
        return LoadResult(model, measured_bytes)

    def _card(self, model_id: str) -> Card:
        if model_id not in self._cards:
            self._cards[model_id] = self._profile.card(model_id)
        return self._cards[model_id]

    def unload(self, model: Model) -> None:
        model.unload()
        gc.collect()
        release_cached_memory()


def _connect(adapter: type[Model], card: Card, settings: Mapping[str, str]) -> EndpointModel | None:
    """Connect to the endpoint of a card; None for a model that runs here."""
    if issubclass(adapter, EndpointModel) != (card.endpoint is not None):
        kinds = "have no endpoint" if card.endpoint else "have an endpoint"
        raise CatalogueError(
            f"cards of the adapter {card.adapter!r} {kinds}, unlike {card.id!r}",
            hint="the adapters for endpoints are in tools/adapters/endpoint/",
        )
    if issubclass(adapter, EndpointModel) and card.endpoint:
        return adapter.connect(card.endpoint, settings)
    return None


def _load(
    adapter: type[Model],
    files: Mapping[str, Path],
    settings: Mapping[str, str],
    device: str,
    catalogue: Catalogue,
) -> Model:
    if issubclass(adapter, CompositeModel):
        return adapter.load_with_parts(files, settings, device, catalogue)
    return adapter.load(files, settings, device)


def _too_large(model_id: str, error: BaseException) -> OutOfMemory:
    return OutOfMemory(
        f"model {model_id!r} does not fit into memory: {error}",
        hint="close other programs that use the GPU, or choose a smaller model or profile",
    )


@cache
def _adapter_aliases() -> dict[str, str]:
    """Return the current import path of each adapter that was moved, by its old path."""
    path = Path(__file__).parents[1] / "adapter_aliases.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["aliases"]


def import_adapter(card: Card) -> type[Model]:
    """Import the adapter of a card, which loads no library before its model is loaded."""
    model_id, name = card.id, card.adapter
    module, _, attribute = _adapter_aliases().get(name, name).partition(":")
    try:
        adapter = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise CatalogueError(
            f"the adapter {name!r} of model {model_id!r} cannot be imported: {error}",
            hint="an adapter is written as package.module:Class",
        ) from error
    if not (isinstance(adapter, type) and issubclass(adapter, Model)):
        raise CatalogueError(f"the adapter {name!r} of model {model_id!r} is not a Model")
    return adapter
