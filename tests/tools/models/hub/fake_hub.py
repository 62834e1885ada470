"""A model hub on this machine, in the layout of the public one, for its real client to talk to."""

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LARGE_BYTES = 1_000
"""Files from this size have a sha256 at the hub; smaller ones only a git hash."""
NOT_LARGE = (".json", ".txt", ".jinja", ".md", ".py")


@dataclass
class Published:
    """One repository: its files at each commit, and what the hub says about it."""

    commits: dict[str, dict[str, bytes]]
    branches: dict[str, str]
    task: str = ""
    licence: str = "apache-2.0"
    downloads: int = 0
    gated: bool = False
    """Whether nobody here has accepted its licence."""
    tags: tuple[str, ...] = ()
    config: dict[str, Any] = field(default_factory=dict)


class FakeHub:
    """Serves published folders until it is closed."""

    def __init__(self) -> None:
        self.repositories: dict[str, Published] = {}
        self.requests: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def publish(self, name: str, content: Path | dict[str, bytes], **facts: Any) -> str:
        """Publish a folder as the newest commit of `main`; return the commit."""
        files = _read(content) if isinstance(content, Path) else content
        digest = hashlib.sha1(usedforsecurity=False)
        for path, data in sorted(files.items()):
            digest.update(path.encode() + data)
        commit = digest.hexdigest()
        earlier = self.repositories.get(name)
        published = Published(
            {**(earlier.commits if earlier else {}), commit: files},
            {**(earlier.branches if earlier else {}), "main": commit},
            **facts,
        )
        published.config = published.config or _config(files)
        self.repositories[name] = published
        return commit

    def info(self, name: str, commit: str) -> dict[str, Any]:
        """What the hub answers about a repository."""
        published = self.repositories[name]
        files = published.commits[commit]
        siblings = []
        for path, content in files.items():
            entry: dict[str, Any] = {
                "rfilename": path, "size": len(content), "blobId": _git_hash(content),
            }  # fmt: skip
            if _is_large(path, content):
                sha256 = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 128}
            siblings.append(entry)
        return {
            "id": name, "modelId": name, "sha": commit, "siblings": siblings,
            "downloads": published.downloads, "gated": "manual" if published.gated else False,
            "private": False, "disabled": False, "config": published.config,
            "tags": [*published.tags, f"license:{published.licence}"],
            "cardData": {"license": published.licence},
            **({"pipeline_tag": published.task} if published.task else {}),
        }  # fmt: skip

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and content of the answer to a request."""
        if path in ("", "/"):
            return 200, {"Content-Type": "text/html"}, b"a hub"
        if path == "/api/models":
            return _as_json(self._listed(query))
        if match := re.fullmatch(
            r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+))?(/.*)?", path
        ):
            name, kind, revision, _ = match.groups()
            return self._about(name, kind or "revision", revision or "main")
        if match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self._file(*match.groups())
        return 404, {}, b""

    def _listed(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        listed = [
            self.info(name, published.branches["main"])
            for name, published in sorted(
                self.repositories.items(), key=lambda entry: -entry[1].downloads
            )
        ]
        tags = set(query.get("filter", []))
        for key, matches in (
            ("pipeline_tag", lambda info, value: info.get("pipeline_tag") == value),
            ("search", lambda info, value: value.casefold() in info["id"].casefold()),
        ):
            if key in query:
                listed = [info for info in listed if matches(info, query[key][0])]
        listed = [info for info in listed if tags <= set(info["tags"])]
        for info in listed:  # a list says less than the page of a model
            for key in ("siblings", "config", "cardData"):
                del info[key]
        return listed[: int(query.get("limit", ["100"])[0])]

    def _about(self, name: str, kind: str, revision: str) -> tuple[int, dict[str, str], bytes]:
        if name not in self.repositories:
            return 401, {"X-Error-Code": "RepoNotFound"}, b""
        published = self.repositories[name]
        commit = published.branches.get(revision, revision)
        if commit not in published.commits:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        if kind == "revision":
            return _as_json(self.info(name, commit))
        return _as_json(
            [
                {"type": "file", "path": path, "oid": _git_hash(content), "size": len(content)}
                for path, content in published.commits[commit].items()
            ]
        )

    def _file(self, name: str, revision: str, path: str) -> tuple[int, dict[str, str], bytes]:
        published = self.repositories.get(name)
        if published is None:
            return 401, {"X-Error-Code": "RepoNotFound"}, b""
        if published.gated:
            return 403, {"X-Error-Code": "GatedRepo"}, b""
        commit = published.branches.get(revision, revision)
        content = published.commits.get(commit, {}).get(path)
        if content is None:
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        is_large = _is_large(path, content)
        etag = hashlib.sha256(content).hexdigest() if is_large else _git_hash(content)
        headers = {
            "ETag": f'"{etag}"', "X-Repo-Commit": commit, "Content-Type": "text/plain",
            "Accept-Ranges": "bytes",
            **({"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(len(content))}
               if is_large else {}),
        }  # fmt: skip
        return 200, headers, content

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.reply(send=False)

            def do_GET(self) -> None:
                self.reply(send=True)

            def reply(self, *, send: bool) -> None:
                address = urlsplit(self.path)
                hub.requests.append(unquote(address.path))
                status, headers, content = hub.answer(
                    unquote(address.path), parse_qs(address.query)
                )
                start = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
                if status == 200 and send and start:
                    status, content = 206, content[int(start) :]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if send:
                    self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def _read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _config(files: dict[str, bytes]) -> dict[str, Any]:
    """What the hub extracts from a repository's configurations."""
    if "model_index.json" in files:
        index = json.loads(files["model_index.json"])
        return {"diffusers": {"_class_name": index["_class_name"]}}
    if "config.json" not in files:
        return {}
    config = json.loads(files["config.json"])
    keys = ("architectures", "model_type", "auto_map")
    return {key: config[key] for key in keys if key in config}


def _is_large(path: str, content: bytes) -> bool:
    return len(content) >= LARGE_BYTES and not path.endswith(NOT_LARGE)


def _git_hash(content: bytes) -> str:
    header = f"blob {len(content)}\0".encode()
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def _as_json(content: object) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()
