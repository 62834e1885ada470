"""Where everything that is made is kept: by content, with how it was made beside it.

A store is a folder, or any place fsspec knows by URL:

    ab/ab34….png         the content, named by its sha256
    ab/ab34….info.json   its kind, size and lineage; an artifact exists once this file does
    results/9f/9f12….json   the result of a command, by everything that went into it
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from agent.plan.value_text import show
from tools.atomic_write import write_whole
from tools.errors import InputError
from tools.media import Media
from tools.sdk.plan_types import MEDIA_CLASSES, Type, Value, list_of, type_of_value
from tools.sprites.scene_domain import Domain, domain_of_media

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

Encoded = str | int | float | bool | None | list[Any] | dict[str, str]
"""A value without its media: each of them is a reference such as {"artifact": "ab34…",
"kind": "image"}. This is what checkpoints, traces and lineages hold."""

_CLASS_OF_KIND: Mapping[str, type[Media]] = {kind.kind: kind for kind in MEDIA_CLASSES.values()}
_NAME_OF_KIND: Mapping[str, str] = {kind.kind: name for name, kind in MEDIA_CLASSES.items()}


@dataclass(frozen=True)
class Lineage:
    """How an artifact was made, so that it can be made again."""

    command: str
    tool: str
    tool_version: str
    arguments: Mapping[str, Encoded]
    model: str = ""
    model_revision: str = ""
    model_bytes: int = 0
    seed: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Artifact:
    """One stored medium. Without a lineage it was given by a person, under the name `origin`.

    `description` and `domain` are written when it is stored, so that nobody decodes it for them.
    """

    digest: str
    kind: str
    suffix: str
    bytes: int
    origin: str = ""
    lineage: Lineage | None = None
    description: str = ""
    domain: Domain | Literal[""] = ""


class ArtifactStore:
    """Keeps media and results of commands; the same content is kept once.

    >>> store = ArtifactStore("artifacts")
    >>> digest = store.put(image, origin="holiday.jpg").digest
    >>> store.get(digest)
    """

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def _place(self) -> tuple[AbstractFileSystem, str]:
        import fsspec

        filesystem, root = cast(
            "tuple[AbstractFileSystem, str]", fsspec.url_to_fs(self.url, auto_mkdir=True)
        )
        return filesystem, root.rstrip("/")

    def put(self, media: Media, *, origin: str = "", lineage: Lineage | None = None) -> Artifact:
        """Store it, unless this content is here already: then the first lineage stays.

        A preview has none, and the result that looks like the last one brings its own.
        """
        known = self.find(media.digest)
        if known and self._content(known) is None:
            known = None
        if known and (known.lineage or known.origin or not lineage):
            return known
        data = media.encode()
        artifact = Artifact(
            digest=media.digest,
            kind=media.kind,
            suffix=media.suffix,
            bytes=len(data),
            origin=origin,
            lineage=lineage,
            description=media.describe(),
            domain=domain_of_media(media),
        )
        self._write(self._content_name(artifact), data)
        self._write_info(artifact)
        return artifact

    def describe(self, digest: str, kind: str = "") -> Artifact:
        """The artifact with its description and domain; decoded once if it is from an older store.

        The kind says what one content is that may be two: no boxes, no points.
        """
        known = self.find(digest)
        if known and known.description and kind in ("", known.kind):
            return known
        artifact, data = self.open(digest)
        media = _CLASS_OF_KIND[kind or artifact.kind].decode(data)
        described = replace(artifact, description=media.describe(), domain=domain_of_media(media))
        if kind in ("", artifact.kind):
            self._write_info(described)
        return described

    def find(self, digest: str) -> Artifact | None:
        """What is known of that content, or None if it is not here."""
        data = self._read(self._info_name(digest))
        if data is None:
            return None
        try:
            info = json.loads(data)
            lineage = Lineage(**info.pop("lineage")) if info["lineage"] else info.pop("lineage")
            artifact = Artifact(**info, lineage=lineage)
        except (ValueError, TypeError, KeyError):
            artifact = None
        if artifact is None or artifact.digest != digest:
            log.warning("what is known of %s in %s is damaged", digest, self.url)
            return None
        return artifact

    def get(self, digest: str, kind: str = "") -> Media:
        """The stored medium; say the kind where one content may be two (no boxes, no points)."""
        artifact, data = self.open(digest)
        media = _CLASS_OF_KIND[kind or artifact.kind].decode(data)
        # Known already: to compute it would mean to encode the content once more.
        media.__dict__["digest"] = digest
        return media

    def open(self, digest: str) -> tuple[Artifact, bytes]:
        """The artifact and its file's content."""
        artifact = self.find(digest)
        data = self._content(artifact) if artifact else None
        if artifact is None or data is None:
            raise InputError(
                f"there is no artifact {digest!r} in {self.url}",
                hint="it may have been deleted, or kept in another store: see BATUTA_HOME",
            )
        return artifact, data

    def export(self, digest: str, folder: Path, name: str) -> Path:
        """A copy of the content in a folder, as `name` with the fitting suffix."""
        artifact, data = self.open(digest)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}{artifact.suffix}"
        write_whole(path, data)
        return path

    def encode(self, value: Value, *, origin: str = "", lineage: Lineage | None = None) -> Encoded:
        """The value with its media stored and replaced by references."""
        if isinstance(value, Media):
            digest = self.put(value, origin=origin, lineage=lineage).digest
            return {"artifact": digest, "kind": value.kind}
        if isinstance(value, list):
            return [self.encode(item, origin=origin, lineage=lineage) for item in value]
        return value

    def decode(self, encoded: Encoded) -> Value:
        if isinstance(encoded, dict):
            return self.get(encoded["artifact"], encoded["kind"])
        if isinstance(encoded, list):
            return [self.decode(item) for item in encoded]
        return encoded

    def show(self, encoded: Encoded) -> str:
        """The value in words, without reading its media."""
        if isinstance(encoded, dict):
            return self.describe(encoded["artifact"], encoded["kind"]).description
        if isinstance(encoded, list):
            return ", ".join(self.show(item) for item in encoded)
        return show(encoded)

    def remember(self, key: str, result: Encoded) -> None:
        """Keep a command's result under the key of everything that went into it."""
        self._write(_result_name(key), _json(result))

    def recall(self, key: str) -> tuple[Encoded] | None:
        """The result kept under that key, in a tuple because None is a result too."""
        data = self._read(_result_name(key))
        if data is None:
            return None
        try:
            result = cast("Encoded", json.loads(data))
            whole = all(self._is_whole(digest) for digest in references(result))
        except (ValueError, KeyError):
            log.warning("the result of command %s in %s is damaged", key, self.url)
            return None
        return (result,) if whole else None

    def _is_whole(self, digest: str) -> bool:
        artifact = self.find(digest)
        return artifact is not None and self._content(artifact) is not None

    def _content(self, artifact: Artifact) -> bytes | None:
        """The content, or None where it is not what its name says."""
        data = self._read(self._content_name(artifact))
        if data is not None and hashlib.sha256(data).hexdigest() == artifact.digest:
            return data
        log.warning("the content of %s is damaged or missing in %s", artifact.digest, self.url)
        return None

    def _content_name(self, artifact: Artifact) -> str:
        return f"{artifact.digest[:2]}/{artifact.digest}{artifact.suffix}"

    def _info_name(self, digest: str) -> str:
        return f"{digest[:2]}/{digest}.info.json"

    def _write_info(self, artifact: Artifact) -> None:
        self._write(self._info_name(artifact.digest), _json(asdict(artifact)))

    def _read(self, name: str) -> bytes | None:
        filesystem, root = self._place
        try:
            return cast("bytes", filesystem.cat_file(f"{root}/{name}"))
        except FileNotFoundError:
            return None

    def _write(self, name: str, data: bytes) -> None:
        filesystem, root = self._place
        if "file" in filesystem.protocol:
            write_whole(Path(root, name), data)
        else:
            # Object stores show an object only once all of it has arrived.
            filesystem.pipe_file(f"{root}/{name}", data)


def references(encoded: Encoded) -> tuple[str, ...]:
    """The digests of all media that an encoded value refers to."""
    if isinstance(encoded, dict):
        return (encoded["artifact"],)
    if isinstance(encoded, list):
        return tuple(digest for item in encoded for digest in references(item))
    return ()


def type_of_encoded(encoded: Encoded) -> Type:
    """The plan type of an encoded value, without reading its media."""
    if isinstance(encoded, dict):
        return Type(_NAME_OF_KIND[encoded["kind"]])
    if isinstance(encoded, list):
        items = {type_of_encoded(item) for item in encoded}
        return list_of(items.pop()) if len(items) == 1 else list_of(Type("Any"))
    return type_of_value(encoded)


def types_of(names: Mapping[str, Encoded]) -> dict[str, Type]:
    """The plan types of what names stand for."""
    return {name: type_of_encoded(value) for name, value in names.items()}


def digest_of(*parts: Encoded | Mapping[str, Encoded]) -> str:
    """A key that is the same whenever all the parts are."""
    return hashlib.sha256(_json(parts)).hexdigest()


def _result_name(key: str) -> str:
    return f"results/{key[:2]}/{key}.json"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
