"""PostgreSQL and an S3-compatible store on this machine, for benchmarks and tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from evals.bench.local_cluster import free_port

_START_SECONDS = 60
BUCKET = "batuta"


def postgresql_folder() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None if it is not installed."""
    if initdb := shutil.which("initdb"):
        return Path(initdb).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def local_postgresql() -> Generator[str]:
    """Run a server with an empty database on a free port and yield its URL."""
    programs = postgresql_folder()
    assert programs, "PostgreSQL is not installed"
    # It refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, user)
        data = Path(folder, "data")
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "batuta", "--auth=trust"],
            user=user,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", ""],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for_port(port)
            time.sleep(0.5)  # it listens a moment before it accepts
            yield f"postgresql://batuta@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait()


@contextmanager
def local_s3() -> Generator[str]:
    """Run moto's server with an empty bucket; yield the URL and set how to reach it."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    variables = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "batuta",
        "AWS_SECRET_ACCESS_KEY": "batuta",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    before = {name: os.environ.get(name) for name in variables}
    try:
        _wait_for_port(port)
        os.environ.update(variables)
        import fsspec

        fsspec.filesystem("s3").mkdir(BUCKET)
        yield f"s3://{BUCKET}/artifacts"
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        server.terminate()
        server.wait()


def _wait_for_port(port: int) -> None:
    end_time = time.monotonic() + _START_SECONDS
    while time.monotonic() < end_time:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port} after {_START_SECONDS} seconds")
