"""Store media by content, with lineage, and cache results of commands.

A store is a folder, or any URL that fsspec can open:

    ab/ab34….png         the content, named by its SHA-256 digest
    ab/ab34….info.json   its kind, size and lineage; an artifact exists once this file does
    results/9f/9f12….json   the result of a command, named by its cache key
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agent.plan.value_text import format_value
from tools.atomic_write import write_atomically
from tools.errors import InputError
from tools.media import Audio, Image, Media, Video
from tools.models.media_domain import MediaDomain, domain_of, media_domains
from tools.sdk.plan_types import MEDIA_CLASSES, Type, Value, list_of, type_of_value

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

log = logging.getLogger(__name__)

Encoded = str | int | float | bool | None | list[Any] | dict[str, str]
"""A value in which each medium is a reference such as {"artifact": "ab34…", "kind": "image"}.

Checkpoints, traces and lineages hold values in this form."""

_CLASS_OF_KIND: Mapping[str, type[Media]] = {kind.kind: kind for kind in MEDIA_CLASSES.values()}
_KINDS_WITH_DOMAIN = (Image.kind, Audio.kind, Video.kind)
_NAME_OF_KIND: Mapping[str, str] = {kind.kind: name for name, kind in MEDIA_CLASSES.items()}

MEDIA_TYPES: Mapping[str, str] = {
    "image": "image/png",
    "mask": "image/png",
    "audio": "audio/wav",
    "video": "video/mp4",
}
"""The MIME types of the kinds of media that a browser shows."""


@dataclass(frozen=True)
class Lineage:
    """How an artifact was made: enough to reproduce it."""

    command: str
    tool: str
    tool_version: str
    arguments: Mapping[str, Encoded]
    model: str = ""
    model_revision: str = ""
    model_bytes: int = 0
    seed: int | None = None
    seconds: float = 0.0
    model_domain: str = ""
    """The domain that the model is limited to; empty for a record of an older version."""


@dataclass(frozen=True)
class Artifact:
    """One stored medium.

    Without a lineage it was uploaded, under the name `origin`.
    `description` and `domain` are written when it is stored, so that reading them decodes nothing.
    """

    digest: str
    kind: str
    suffix: str
    bytes: int
    origin: str = ""
    lineage: Lineage | None = None
    description: str = ""
    domain: str = ""
    """The domain with a test that it belongs to, by its lineage if it has one."""


class ArtifactStore:
    """Content-addressed store of media and of the results of commands.

    >>> store = ArtifactStore("artifacts")
    >>> digest = store.add(image, origin="holiday.jpg").digest
    >>> store.get(digest)
    """

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def _location(self) -> tuple[AbstractFileSystem, str]:
        import fsspec

        # Only a folder needs to exist before its files.
        is_folder = "://" not in self.url or self.url.startswith("file://")
        options = {"auto_mkdir": True} if is_folder else {}
        filesystem, root = cast(
            "tuple[AbstractFileSystem, str]", fsspec.url_to_fs(self.url, **options)
        )
        return filesystem, root.rstrip("/")

    def add(self, media: Media, *, origin: str = "", lineage: Lineage | None = None) -> Artifact:
        """Store a medium; content that is stored already keeps its first lineage.

        A preview, or the result of a worker, is stored without lineage, which is added later.
        """
        existing = self.find(media.digest)
        if existing and self._content(existing) is None:
            existing = None
        if existing and (existing.lineage or existing.origin or not lineage):
            return existing
        if existing and existing.kind == media.kind:
            existing = replace(existing, origin=origin, lineage=lineage)
            self._write_info(existing)
            return existing
        data = media.encode()
        artifact = Artifact(
            digest=media.digest,
            kind=media.kind,
            suffix=media.file_suffix,
            bytes=len(data),
            origin=origin,
            lineage=lineage,
            description=media.describe(),
            domain=self._domain(media, lineage),
        )
        self._write(self._content_file(artifact), data)
        self._write_info(artifact)
        return artifact

    def describe(self, digest: str, kind: str = "") -> Artifact:
        """Return the artifact with its description and domain.

        An artifact of an older store has neither and is decoded once. `kind` tells apart kinds with
        the same content, such as empty boxes and empty points.
        """
        existing = self.find(digest)
        if existing and existing.description and kind in ("", existing.kind):
            return existing
        artifact, data = self.open(digest)
        media = _CLASS_OF_KIND[kind or artifact.kind].decode(data)
        domain = self._domain(media, artifact.lineage)
        updated_artifact = replace(artifact, description=media.describe(), domain=domain)
        if kind in ("", artifact.kind):
            self._write_info(updated_artifact)
        return updated_artifact

    def belongs_to(self, media: Image | Audio | Video, domain: MediaDomain) -> bool:
        """Return whether a medium belongs to a domain, by its lineage if it has one."""
        artifact = self.find(media.digest)
        if artifact and artifact.lineage and artifact.description:
            return artifact.domain == domain.name
        return domain.contains(media)

    def _domain(self, media: Media, lineage: Lineage | None) -> str:
        """Return the domain of a medium: from its lineage, or from its content if it has none.

        What a model of a domain makes belongs to it, and what other tools make of media that all
        do. Where only some of them do, or an uploaded video is one of them, the content decides.
        """
        if lineage is None or not isinstance(media, Image | Audio | Video):
            return domain_of(media)
        if lineage.model_domain in media_domains():
            return lineage.model_domain
        digests = (digest for value in lineage.arguments.values() for digest in references(value))
        sources = [artifact for digest in digests if (artifact := self.find(digest))]
        media_sources = [source for source in sources if source.kind in _KINDS_WITH_DOMAIN]
        domains = {source.domain for source in media_sources}
        untested = any(source.kind == Video.kind and not source.lineage for source in media_sources)
        if len(domains) > 1 or untested:
            return domain_of(media)
        return domains.pop() if domains else ""

    def find(self, digest: str) -> Artifact | None:
        """Return the artifact with that digest, or None."""
        data = self._read(self._info_file(digest))
        if data is None:
            return None
        try:
            info = json.loads(data)
            lineage = Lineage(**info.pop("lineage")) if info["lineage"] else info.pop("lineage")
            artifact = Artifact(**info, lineage=lineage)
        except (ValueError, TypeError, KeyError):
            artifact = None
        if artifact is None or artifact.digest != digest:
            log.warning("the record of artifact %s in %s is damaged", digest, self.url)
            return None
        return artifact

    def get(self, digest: str, kind: str = "") -> Media:
        """Return the decoded medium; see `describe` for `kind`."""
        artifact, data = self.open(digest)
        media = _CLASS_OF_KIND[kind or artifact.kind].decode(data)
        # Set the cached property: computing the digest would encode the content once more.
        media.__dict__["digest"] = digest
        return media

    def open(self, digest: str) -> tuple[Artifact, bytes]:
        """Return the artifact and the bytes of its file."""
        artifact = self.find(digest)
        data = self._content(artifact) if artifact else None
        if artifact is None or data is None:
            raise InputError(
                f"there is no artifact {digest!r} in {self.url}",
                hint="it may have been deleted, or be in another store: see BATUTA_HOME",
            )
        return artifact, data

    def export(self, digest: str, folder: Path, name: str) -> Path:
        """Copy the content into a folder, as `name` with the artifact's suffix."""
        artifact, data = self.open(digest)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}{artifact.suffix}"
        write_atomically(path, data)
        return path

    def encode(
        self,
        value: Value,
        *,
        origin: str = "",
        lineage: Lineage | None = None,
        stored: Set[str] = frozenset(),
    ) -> Encoded:
        """Store the media of a value and replace them by references.

        The files of media whose digests are `stored` are not read again.
        """
        if isinstance(value, Media):
            if value.digest not in stored:
                self.add(value, origin=origin, lineage=lineage)
            return {"artifact": value.digest, "kind": value.kind}
        if isinstance(value, list):
            return [
                self.encode(item, origin=origin, lineage=lineage, stored=stored) for item in value
            ]
        return value

    def decode(self, encoded: Encoded) -> Value:
        """Load the media that an encoded value refers to."""
        if isinstance(encoded, dict):
            return self.get(encoded["artifact"], encoded["kind"])
        if isinstance(encoded, list):
            return [self.decode(item) for item in encoded]
        return encoded

    def as_text(self, encoded: Encoded) -> str:
        """Return an encoded value as text, without decoding its media."""
        if isinstance(encoded, dict):
            return self.describe(encoded["artifact"], encoded["kind"]).description
        if isinstance(encoded, list):
            return ", ".join(self.as_text(item) for item in encoded)
        return format_value(encoded)

    def save_result(self, key: str, result: Encoded) -> None:
        """Cache the result of a command under its cache key."""
        self._write(_result_file(key), _json(result))

    def load_result(self, key: str) -> tuple[Encoded] | None:
        """Return the cached result in a tuple: None is a result too."""
        data = self._read(_result_file(key))
        if data is None:
            return None
        try:
            result = cast("Encoded", json.loads(data))
            intact = all(self._is_intact(digest) for digest in references(result))
        except (ValueError, KeyError):
            log.warning("the result of command %s in %s is damaged", key, self.url)
            return None
        return (result,) if intact else None

    def _is_intact(self, digest: str) -> bool:
        artifact = self.find(digest)
        return artifact is not None and self._content(artifact) is not None

    def _content(self, artifact: Artifact) -> bytes | None:
        """Return the content, or None if it does not match its digest."""
        data = self._read(self._content_file(artifact))
        if data is not None and hashlib.sha256(data).hexdigest() == artifact.digest:
            return data
        log.warning("the content of %s is damaged or missing in %s", artifact.digest, self.url)
        return None

    def _content_file(self, artifact: Artifact) -> str:
        return f"{artifact.digest[:2]}/{artifact.digest}{artifact.suffix}"

    def _info_file(self, digest: str) -> str:
        return f"{digest[:2]}/{digest}.info.json"

    def _write_info(self, artifact: Artifact) -> None:
        self._write(self._info_file(artifact.digest), _json(asdict(artifact)))

    def _read(self, name: str) -> bytes | None:
        filesystem, root = self._location
        try:
            return cast("bytes", filesystem.cat_file(f"{root}/{name}"))
        except FileNotFoundError:
            return None

    def _write(self, name: str, data: bytes) -> None:
        filesystem, root = self._location
        if "file" in filesystem.protocol:
            write_atomically(Path(root, name), data)
        else:
            # An object store shows an object only when its upload is complete.
            filesystem.pipe_file(f"{root}/{name}", data)


def references(encoded: Encoded) -> tuple[str, ...]:
    """Return the digests of all media that an encoded value refers to."""
    if isinstance(encoded, dict):
        return (encoded["artifact"],)
    if isinstance(encoded, list):
        return tuple(digest for item in encoded for digest in references(item))
    return ()


def type_of_encoded(encoded: Encoded) -> Type:
    """Return the plan type of an encoded value, without decoding its media."""
    if isinstance(encoded, dict):
        return Type(_NAME_OF_KIND[encoded["kind"]])
    if isinstance(encoded, list):
        items = {type_of_encoded(item) for item in encoded}
        return list_of(items.pop()) if len(items) == 1 else list_of(Type("Any"))
    return type_of_value(encoded)


def types_of(names: Mapping[str, Encoded]) -> dict[str, Type]:
    """Return the plan type of the value of each name."""
    return {name: type_of_encoded(value) for name, value in names.items()}


def digest_of(*parts: Encoded | Mapping[str, Encoded]) -> str:
    """Return a cache key: the digest of the parts."""
    return hashlib.sha256(_json(parts)).hexdigest()


def _result_file(key: str) -> str:
    return f"results/{key[:2]}/{key}.json"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
