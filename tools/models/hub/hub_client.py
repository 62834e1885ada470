"""Ask a model hub: list models of a task, describe one with its files, read a small file.

>>> HubClient().describe("depth-anything/Depth-Anything-V2-Small-hf").licence
'apache-2.0'

Nothing is executed and no weights are fetched here. `HF_ENDPOINT` names another hub or a mirror.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from tools.errors import InputError, SourceError
from tools.models.machine_probe import hub_answers, hub_endpoint

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

Result = TypeVar("Result")

_TIMEOUT_S = 10.0
_THREADS = 8
_MAX_CONFIG_BYTES = 4_000_000
_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_REVISION = re.compile(r"\w[\w.-]*")
_LICENCE_TAG = "license:"
OFFLINE_HINT = (
    "check the network and HTTPS_PROXY, or set HF_ENDPOINT to a mirror; models that are here "
    "already work without a hub: batuta models"
)


@dataclass(frozen=True)
class HubFile:
    """The size and hash of one file of a repository, as the hub lists them."""

    bytes: int
    sha256: str = ""
    """Empty for small files, for which the hub has only a git hash."""


@dataclass(frozen=True)
class HubModel:
    """What a hub says about one repository at one commit."""

    repository: str
    commit: str
    task: str
    """The hub's pipeline tag, such as `depth-estimation`; empty if it has none."""
    library: str
    licence: str
    gated: bool
    downloads: int
    languages: tuple[str, ...]
    class_name: str
    """The class of its configuration: a network of transformers or a pipeline of diffusers."""
    model_type: str
    custom_code: bool
    """Whether its configuration names code of its own."""
    bytes_per_weight: float
    """0 if the hub does not say in which format the weights are stored."""
    files: Mapping[str, HubFile] = field(hash=False)


def parse_reference(text: str) -> tuple[str, str]:
    """Split `hf:org/name@revision` into repository and revision, which may be empty."""
    repository, _, revision = text.removeprefix("hf:").partition("@")
    if not _REPOSITORY.fullmatch(repository) or (revision and not _REVISION.fullmatch(revision)):
        raise InputError(
            f"{text!r} is not the name of a hub repository",
            hint="write it as hf:org/name, or hf:org/name@revision",
        )
    return repository, revision


class HubClient:
    """Reads the public interface of a model hub."""

    def __init__(self) -> None:
        self.endpoint = hub_endpoint()

    def require_answer(self) -> None:
        """Raise SourceError if no hub answers within seconds."""
        if not hub_answers():
            raise SourceError(f"no model hub answers at {self.endpoint}", hint=OFFLINE_HINT)

    def search(self, task: str, words: str, licence: str, limit: int) -> tuple[HubModel, ...]:
        """Return models of a task, or with the words in their names, most downloads first."""
        listed = self._ask(
            f"a search for {task or words!r}",
            lambda: [
                info.id
                for info in self._api.list_models(
                    pipeline_tag=task or None,
                    search=None if task else words,
                    filter=[f"{_LICENCE_TAG}{licence.casefold()}"] if licence else None,
                    sort="downloads",
                    limit=limit,
                )
            ],
        )
        with ThreadPoolExecutor(_THREADS, "hub") as pool:
            described = pool.map(self._describe_or_skip, listed)
            return tuple(model for model in described if model)

    def describe(self, repository: str, revision: str = "") -> HubModel:
        """Return what the hub says about a repository at a revision."""
        info = self._ask(
            f"{repository}@{revision}" if revision else repository,
            lambda: self._api.model_info(
                repository, revision=revision or None, files_metadata=True, timeout=_TIMEOUT_S
            ),
        )
        return _hub_model(info)

    def read_json(self, model: HubModel, name: str) -> Mapping[str, Any]:
        """Read a small JSON file of a repository."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

        if model.files[name].bytes > _MAX_CONFIG_BYTES:
            raise InputError(
                f"{name} of {model.repository!r} has {model.files[name].bytes:,} bytes; a "
                f"configuration has up to {_MAX_CONFIG_BYTES:,}",
                hint="choose another repository: batuta models search TASK",
            )
        url = hf_hub_url(model.repository, name, revision=model.commit, endpoint=self.endpoint)

        def request() -> object:
            response: Any = get_session().get(
                url, headers=build_hf_headers(), timeout=_TIMEOUT_S, follow_redirects=True
            )
            hf_raise_for_status(response)
            return json.loads(response.text)

        content = self._ask(f"{name} of {model.repository}", request)
        if not isinstance(content, dict):
            raise InputError(
                f"{name} of {model.repository!r} is not a table of settings",
                hint="choose another repository: batuta models search TASK",
            )
        return cast("Mapping[str, Any]", content)

    @property
    def _api(self) -> Any:
        from huggingface_hub import HfApi

        return HfApi(endpoint=self.endpoint)

    def _describe_or_skip(self, repository: str) -> HubModel | None:
        try:
            return self.describe(repository)
        except InputError:  # private or removed since it was listed
            return None

    def _ask(self, subject: str, request: Callable[[], Result]) -> Result:
        try:
            return request()
        # Two client libraries of HTTP, one for each major version of the hub's own.
        except Exception as error:  # noqa: BLE001
            self._explain(subject, error)

    def _explain(self, subject: str, error: Exception) -> NoReturn:
        from huggingface_hub import errors

        repository = subject.rpartition(" of ")[2].partition("@")[0]
        if isinstance(error, errors.GatedRepoError):
            raise InputError(
                f"{repository!r} is gated: its makers give it only to accounts that accepted its "
                "licence",
                hint=f"accept it at {self.endpoint}/{repository}, make a key at "
                f"{self.endpoint}/settings/tokens, run: hf auth login, then try again",
            ) from error
        if isinstance(error, errors.RevisionNotFoundError):
            raise InputError(
                f"the hub has no revision {subject.partition('@')[2]!r} of {repository!r}",
                hint="give a commit, a tag or a branch, or none for the newest",
            ) from error
        if isinstance(error, errors.RepositoryNotFoundError):
            raise InputError(
                f"the hub has no repository {repository!r}, or it is private",
                hint='find its exact name with: batuta models search "depth estimation"',
            ) from error
        status = getattr(getattr(error, "response", None), "status_code", None)
        reason = f"status {status}" if status else f"{type(error).__name__}: {error}"
        raise SourceError(
            f"the hub at {self.endpoint} did not answer about {subject}: {reason}",
            hint=OFFLINE_HINT,
        ) from error


def _hub_model(info: ModelInfo) -> HubModel:
    config = cast("dict[str, Any]", info.config or {})
    card = info.card_data.to_dict() if info.card_data else {}
    pipeline = config.get("diffusers") or {}
    architectures: Sequence[str] = config.get("architectures") or [""]
    tags = info.tags or []
    return HubModel(
        repository=info.id,
        commit=info.sha or "",
        task=info.pipeline_tag or "",
        library=info.library_name or "",
        licence=_licence(card, tags),
        gated=bool(info.gated),
        downloads=info.downloads or 0,
        languages=_languages(card.get("language")),
        class_name=str(pipeline.get("_class_name") or architectures[0]),
        model_type=str(config.get("model_type") or ""),
        custom_code="custom_code" in tags or "auto_map" in config,
        bytes_per_weight=_bytes_per_weight(info),
        files={
            file.rfilename: HubFile(file.size or 0, file.lfs.sha256 if file.lfs else "")
            for file in info.siblings or []
        },
    )


def _licence(card: Mapping[str, Any], tags: Sequence[str]) -> str:
    named = card.get("license")
    if named == "other":
        named = card.get("license_name") or named
    if isinstance(named, str) and named:
        return named
    return next(
        (tag.removeprefix(_LICENCE_TAG) for tag in tags if tag.startswith(_LICENCE_TAG)), ""
    )


def _languages(value: object) -> tuple[str, ...]:
    codes = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(code for code in codes if isinstance(code, str) and re.fullmatch("[a-z]{2}", code))


def _bytes_per_weight(info: ModelInfo) -> float:
    sizes = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I8": 1, "U8": 1}
    weights = info.safetensors.parameters if info.safetensors else {}
    total = sum(weights.values())
    return sum(sizes.get(dtype, 2) * n for dtype, n in weights.items()) / total if total else 0.0
