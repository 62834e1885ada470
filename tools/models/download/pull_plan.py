"""Plan a pull: files, sources, sizes and licences, without downloading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.models.card import Card
from tools.models.checkpoint_repository import Repository
from tools.models.download.weight_store import WeightStore


@dataclass(frozen=True)
class PullItem:
    """One file of a pull, present or to be downloaded."""

    card: str
    file: str
    source: str
    bytes: int
    """The size on the disk."""
    download_bytes: int
    licence: str
    present: bool
    gated: bool = False
    """Whether the hub requires accepting its licence before a download."""


def plan_pull(cards: Iterable[Card]) -> tuple[PullItem, ...]:
    """Return the files of a pull, each with the source to try first."""
    items: list[PullItem] = []
    record_paths: set[Path] = set()
    for card in cards:
        items += plan_files(WeightStore(card.weights_folder), card)
        for repository in card.repositories:
            # Several models may share a folder, which is fetched once.
            if repository.record_path not in record_paths:
                items.append(plan_folder(card, repository))
            record_paths.add(repository.record_path)
    return tuple(items)


def plan_folder(card: Card, repository: Repository) -> PullItem:
    return PullItem(
        card=card.id,
        file=repository.name,
        source=str(repository.sources[0]) if repository.sources else "",
        bytes=repository.bytes,
        download_bytes=repository.bytes,
        licence=card.licence,
        present=repository.present,
        gated=repository.gated,
    )


def plan_files(store: WeightStore, card: Card) -> tuple[PullItem, ...]:
    return tuple(
        PullItem(
            card=card.id,
            file=file.name,
            source=str(file.sources[0]) if file.sources else "",
            bytes=file.bytes,
            download_bytes=file.transfer_bytes(file.sources[0]) if file.sources else 0,
            licence=card.licence,
            present=store.holds(file),
        )
        for file in card.files
    )
