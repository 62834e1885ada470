"""Records, runs and locks in a folder and in PostgreSQL, which behave the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Generator
from importlib.util import find_spec
from pathlib import Path

import pytest

from agent.record.database_storage import DatabaseStorage
from agent.record.events import FileReduced, RunFinished, RunStarted
from agent.record.journal import Run
from agent.record.storage import FolderStorage, Storage
from evals.bench.local_services import local_postgresql, postgresql_folder
from tools.errors import InputError, StorageError

OpenStorage = Callable[[], Storage]


@pytest.fixture(scope="module")
def database() -> Generator[str]:
    if find_spec("psycopg") is None:
        pytest.skip("needs psycopg: pip install 'batuta[postgres]'")
    if postgresql_folder() is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    with local_postgresql() as url:
        yield url


@pytest.fixture(params=["folder", pytest.param("database", marks=pytest.mark.slow)])
def open_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[OpenStorage]:
    """Opens the storage of a process; several see the same."""
    opened: list[Storage] = []

    def open_one() -> Storage:
        if request.param == "folder":
            opened.append(FolderStorage(tmp_path))
        else:
            opened.append(DatabaseStorage(request.getfixturevalue("database"), tmp_path))
        return opened[-1]

    yield open_one
    for storage in opened:
        storage.close()


def started(run: Run) -> RunStarted:
    return RunStarted(
        run=run.id,
        conversation=run.id,
        request="go",
        files=[],
        profile="offline",
        language_model="x",
        seed=0,
        plan="",
        ask_first=False,
        ask_if_costly=False,
    )


def test_records_are_read_by_every_process(open_storage: OpenStorage, tmp_path: Path) -> None:
    folder = f"clients-{tmp_path.name}"
    records, other = (open_storage().records(folder) for _ in range(2))

    records.write("one/runs/a", b"first")
    records.within("one").write("runs/b", b"\x00\xff")
    records.write("one/runs/a", b"second")
    records.write("two/usage.json", b"{}")

    assert other.read("one/runs/a") == b"second"
    assert other.within("one").read("runs/b") == b"\x00\xff"
    assert other.names("one/runs") == ["a", "b"]
    assert other.names("") == ["one", "two"]
    assert other.read("one/runs/c") is None
    other.delete("one/runs/a")
    other.delete("one/runs/a")
    assert not records.exists("one/runs/a")
    assert records.exists("one/runs/b")


def test_the_oldest_records_beyond_a_limit_are_deleted(
    open_storage: OpenStorage, tmp_path: Path
) -> None:
    records = open_storage().records(f"limits-{tmp_path.name}")
    for number in range(21):
        records.write(f"requests/{number:02}.json", b"{}")

    records.delete_oldest("requests", 30)
    assert len(records.names("requests")) == 21
    records.delete_oldest("requests", 20)
    names = records.names("requests")
    assert names == [f"{number:02}.json" for number in range(3, 21)]


def test_a_secret_stays_the_same(open_storage: OpenStorage, tmp_path: Path) -> None:
    name = f"link-{tmp_path.name}"
    secret = open_storage().secret(name)

    assert len(secret) == 32
    assert open_storage().secret(name) == secret


def test_a_trace_is_read_by_every_process(open_storage: OpenStorage) -> None:
    run = open_storage().runs.new()
    with run.lock():
        run.append(started(run))
        size = run.trace_size()
        run.append(FileReduced("smaller\nnow"))
        assert run.trace_size() > size
        other = open_storage().runs.find(run.id)
        assert [type(event) for event in other.events()] == [RunStarted, FileReduced]
        assert other.summary().state == "running"
    assert other.summary().state == "interrupted"
    with run.lock():
        run.append(RunFinished("done"))
    assert other.summary().state == "done"
    assert run.id in other_names(open_storage())


def other_names(storage: Storage) -> list[str]:
    return [summary.id for summary in storage.runs.summaries()]


def test_one_process_at_a_time_executes_a_run(open_storage: OpenStorage) -> None:
    storage = open_storage()
    run = storage.runs.new()

    with run.lock():
        assert run.is_locked()
        for runs in (storage.runs, open_storage().runs):
            with (
                pytest.raises(InputError, match="in use by another process"),
                runs.get(run.id).lock(),
            ):
                pass
    assert not run.is_locked()
    with open_storage().runs.get(run.id).lock():
        assert run.is_locked()


def test_crashes_are_counted_until_the_run_ends(open_storage: OpenStorage) -> None:
    run = open_storage().runs.new()

    with run.count_crash():
        assert open_storage().runs.get(run.id).crashes() == 1
    assert run.crashes() == 0


@pytest.mark.slow
def test_the_locks_of_a_killed_process_are_free(database: str, tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path\n"
        "from agent.record.database_storage import DatabaseStorage\n"
        "run = DatabaseStorage(sys.argv[1], Path(sys.argv[2])).runs.get('killed')\n"
        "lock = run.lock(); lock.__enter__(); print(run.is_locked(), flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )

    process = subprocess.run(
        [sys.executable, "-c", program, database, str(tmp_path)], capture_output=True, text=True
    )

    assert process.stdout == "True\n", process.stderr
    storage = DatabaseStorage(database, tmp_path)
    with storage.runs.get("killed").lock():
        assert storage.runs.get("killed").is_locked()
    storage.close()


@pytest.mark.slow
def test_a_database_that_cannot_be_reached_is_an_error(database: str, tmp_path: Path) -> None:
    with pytest.raises(
        StorageError, match=r"the database at '127\.0\.0\.1' cannot be used"
    ) as error:
        DatabaseStorage("postgresql://batuta:secret@127.0.0.1:9/postgres", tmp_path)
    assert error.value.message.startswith("the database at '127.0.0.1' cannot be used: ")
    assert "secret" not in str(error.value)


def test_an_address_of_another_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'mysql://x' is not the address of a database"):
        DatabaseStorage("mysql://x", tmp_path)
