import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools.models.download.programs import Program
from tools.models.machine_probe import Gpu, hub_answers, probe_machine, usable_cores


class Hub(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    """The address of a hub that answers."""
    server = HTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def silent_hub() -> Iterator[str]:
    """The address of a hub that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_hub_that_answers_is_found(hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub)

    assert hub_answers()


def test_a_hub_that_says_nothing_is_given_up_in_time(
    silent_hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", silent_hub)
    started = time.monotonic()

    assert not hub_answers(timeout_s=0.2)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "nonsense"])
def test_a_hub_that_is_not_there_does_not_answer(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)

    assert not hub_answers()


def test_a_machine_without_programs_is_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    machine = probe_machine(tmp_path / "not" / "yet")

    assert machine.npm == Program("npm", "", "")
    assert machine.chromium == Program("chromium", "", "")
    assert machine.cores == usable_cores()
    assert machine.home_writable
    assert machine.disk_free_bytes > 0
    assert not (tmp_path / "not").exists()


def test_a_home_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert not probe_machine(tmp_path / "file" / "home").home_writable


def test_a_gpu_that_only_the_driver_knows_has_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho NVIDIA A100\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)

    gpu = probe_machine(tmp_path).gpu

    assert gpu == Gpu("NVIDIA A100", 0)
    assert not gpu.usable
