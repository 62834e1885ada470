"""A package registry and model hub on this machine, for the real pip, npm and hf to talk to."""

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Registry:
    """Serves what was published; `stalled` files are sent by half until `release` is set."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.stalled: set[str] = set()
        self.stalling = threading.Event()
        self.release = threading.Event()
        self.sent: Counter[str] = Counter()
        self.commits: dict[str, str] = {}
        """The commit of each hub repository, by the beginning of its addresses."""
        self.broken: set[str] = set()
        """What is sent by half, once, before the connection breaks."""
        self.asked_from: dict[str, int] = {}
        """At which byte those that came back for the rest began."""
        self.gated: set[str] = set()
        """Hub repositories that nobody here may have."""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def publish_wheel(self, package: str, members: dict[str, bytes], *, cut: int = 0) -> str:
        """A wheel of version 1.0 with these members, its last `cut` bytes missing."""
        stem = package.replace("-", "_")
        about = f"{stem}-1.0.dist-info"
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as wheel:
            metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
            wheel.writestr(f"{about}/METADATA", metadata)
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            for name, content in members.items():
                wheel.writestr(name, content)
        name = f"{stem}-1.0-py3-none-any.whl"
        content = written.getvalue()
        self.pages[f"/simple/{package}/"] = f'<a href="/files/{name}">{name}</a>'.encode()
        self.pages[f"/files/{name}"] = content[: len(content) - cut]
        return f"/files/{name}"

    def publish_sdist(self, package: str, setup: str) -> None:
        """A source distribution of version 1.0 whose setup.py holds that code."""
        stem = package.replace("-", "_")
        name = f"{stem}-1.0.tar.gz"
        self.pages[f"/simple/{package}/"] = f'<a href="/files/{name}">{name}</a>'.encode()
        self.pages[f"/files/{name}"] = _tar({f"{stem}-1.0/setup.py": setup.encode()})

    def publish_npm(self, package: str, members: dict[str, bytes]) -> None:
        """An npm package of version 1.0.0 with these members."""
        described = {"name": package, "version": "1.0.0"}
        told = {"package.json": json.dumps(described).encode(), **members}
        content = _tar({f"package/{name}": data for name, data in told.items()})
        path = f"/npm/-/{package.rpartition('/')[2]}-1.0.0.tgz"
        self.pages[path] = content
        # npm computes no sha512 if the registry gives a sha1, as old registries do.
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        dist = {"tarball": self.address + path, "shasum": digest}
        document = {
            "name": package,
            "dist-tags": {"latest": "1.0.0"},
            "versions": {"1.0.0": {**described, "dist": dist}},
        }
        self.pages[f"/npm/{package.replace('/', '%2f')}"] = json.dumps(document).encode()

    def publish_hub(self, repository: str, revision: str, path: str, content: bytes) -> None:
        self.pages[f"/hub/{repository}/resolve/{revision}/{path}"] = content

    def publish_hub_folder(self, repository: str, files: dict[str, bytes], commit: str) -> None:
        """A whole repository, whose branch `main` leads to that commit."""
        siblings = [{"rfilename": name} for name in files]
        told = {"id": repository, "modelId": repository, "sha": commit, "siblings": siblings}
        for revision in ("main", commit):
            self.pages[f"/hub/api/models/{repository}/revision/{revision}"] = json.dumps(
                told
            ).encode()
        tree = [
            {"type": "file", "path": name, "oid": "", "size": len(content)}
            for name, content in files.items()
        ]
        self.pages[f"/hub/api/models/{repository}/tree/{commit}"] = json.dumps(tree).encode()
        for name, content in files.items():
            self.publish_hub(repository, commit, name, content)
        self.commits[f"/hub/{repository}/"] = commit

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.answer(send=False)

            def do_GET(self) -> None:
                self.answer(send=True)

            def answer(self, *, send: bool) -> None:
                content = registry.pages.get(self.path.partition("?")[0])
                if any(f"/{repository}/resolve/" in self.path for repository in registry.gated):
                    self.send_response(403)
                    self.send_header("X-Error-Code", "GatedRepo")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if content is None:
                    self.send_error(404)
                    return
                whole = content
                start = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
                if send and start:
                    registry.asked_from[self.path] = int(start)
                    content = content[int(start) :]
                self.send_response(206 if send and start else 200)
                kind = "text/html" if self.path.startswith("/simple") else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("ETag", f'"{hashlib.sha256(whole).hexdigest()}"')
                commits = [c for path, c in registry.commits.items() if self.path.startswith(path)]
                self.send_header("X-Repo-Commit", commits[0] if commits else "0" * 40)
                self.end_headers()
                if not send:
                    return
                registry.sent[self.path] += 1
                half = len(content) // 2
                try:
                    self.wfile.write(content[:half])
                    if self.path in registry.broken:
                        registry.broken.remove(self.path)
                        self.close_connection = True
                        return
                    if self.path in registry.stalled:
                        self.wfile.flush()
                        registry.stalling.set()
                        registry.release.wait()
                    self.wfile.write(content[half:])
                except ConnectionError:  # the client was killed
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def _tar(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return written.getvalue()
