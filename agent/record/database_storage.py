"""Keep runs and records in PostgreSQL, so that any front process can go on with them.

    batuta_events    the traces: a line of JSON per event
    batuta_records   contents by path
    advisory locks   the runs that a process executes; they end with its connection

Statements are short and run in the thread that asks, as writes to files do.
"""

# psycopg is an extra that `make setup` does not install.
# pyright: reportMissingImports=false

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.record.journal import Run, Runs
from agent.record.records import Records
from tools.errors import InputError, StorageError
from tools.extras import missing_extra

POSTGRESQL = "postgresql://"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS batuta_events (
    run text COLLATE "C" NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    line text NOT NULL,
    PRIMARY KEY (run, number)
);
CREATE TABLE IF NOT EXISTS batuta_records (
    path text COLLATE "C" PRIMARY KEY, -- so that starts_with can use the index
    content bytea NOT NULL,
    written timestamptz NOT NULL DEFAULT now()
);
"""
SCHEMA_LOCK = 0x62617475
"""The advisory lock of those who create tables: front processes may start at once."""


class Database:
    """Connections to PostgreSQL: a pool for statements and one that holds the locks of runs."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
            from psycopg_pool import ConnectionPool
        except ImportError as error:
            raise missing_extra(error) or error from error
        options = {"autocommit": True}
        try:
            with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
                connection.execute(_SCHEMA)
            self._locks: Any = psycopg.connect(url, autocommit=True)
        except psycopg.Error as error:
            raise StorageError(
                f"the database at {urlsplit(url).hostname!r} cannot be used: {error}".rstrip(),
                hint="give the address of PostgreSQL, as in postgresql://user@host/database",
            ) from error
        self._pool: Any = ConnectionPool(url, min_size=1, max_size=8, kwargs=options, open=True)
        self._locked_keys: set[int] = set()

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        with self._pool.connection() as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def try_lock(self, name: str) -> bool:
        """Take a lock that ends with this process; False if any process has it."""
        key = _lock_key(name)
        # A connection may take its own lock again, so another holder here is checked by hand.
        if key in self._locked_keys:
            return False
        row = self._locks.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
        if row[0]:
            self._locked_keys.add(key)
        return row[0]

    def unlock(self, name: str) -> None:
        key = _lock_key(name)
        self._locked_keys.discard(key)
        self._locks.execute("SELECT pg_advisory_unlock(%s)", [key])

    def is_locked(self, name: str) -> bool:
        """Return whether any process has the lock."""
        key = _lock_key(name)
        rows = self.execute(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
            " AND classid = %s AND objid = %s",
            key >> 32,
            key & 0xFFFFFFFF,
        )
        return bool(rows)

    def close(self) -> None:
        self._pool.close()
        self._locks.close()


def _lock_key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1


class DatabaseRecords:
    """Records in a table, by path."""

    def __init__(self, database: Database, folder: str) -> None:
        self._database = database
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        rows = self._database.execute(
            "SELECT content FROM batuta_records WHERE path = %s", self._path(path)
        )
        return bytes(rows[0][0]) if rows else None

    def write(self, path: str, content: bytes) -> None:
        self._database.execute(
            "INSERT INTO batuta_records (path, content) VALUES (%s, %s) ON CONFLICT (path)"
            " DO UPDATE SET content = EXCLUDED.content, written = now()",
            self._path(path),
            content,
        )

    def exists(self, path: str) -> bool:
        return bool(
            self._database.execute("SELECT 1 FROM batuta_records WHERE path = %s", self._path(path))
        )

    def delete(self, path: str) -> None:
        self._database.execute("DELETE FROM batuta_records WHERE path = %s", self._path(path))

    def names(self, folder: str) -> list[str]:
        prefix = self._path(f"{folder}/" if folder else "")
        rows = self._database.execute(
            "SELECT DISTINCT split_part(substr(path, %s), '/', 1) FROM batuta_records"
            " WHERE starts_with(path, %s) ORDER BY 1",
            len(prefix) + 1,
            prefix,
        )
        return [name for (name,) in rows]

    def delete_oldest(self, folder: str, limit: int) -> None:
        prefix = self._path(f"{folder}/")
        ((count,),) = self._database.execute(
            "SELECT count(*) FROM batuta_records WHERE starts_with(path, %s)", prefix
        )
        if count > limit:
            self._database.execute(
                "DELETE FROM batuta_records WHERE path IN (SELECT path FROM batuta_records"
                " WHERE starts_with(path, %s) ORDER BY written LIMIT %s)",
                prefix,
                count - limit + limit // 10,
            )

    def within(self, folder: str) -> DatabaseRecords:
        return DatabaseRecords(self._database, self._path(folder))

    def _path(self, path: str) -> str:
        return f"{self._folder}/{path}"


class DatabaseRun(Run):
    """A run whose trace is in the database."""

    def __init__(self, database: Database, run_id: str, folder: Path) -> None:
        super().__init__(folder / run_id)
        self._database = database

    def _append_line(self, line: str) -> None:
        self._database.execute(
            "INSERT INTO batuta_events (run, line) VALUES (%s, %s)", self.id, line
        )

    def lines(self) -> Sequence[str]:
        rows = self._database.execute(
            "SELECT line FROM batuta_events WHERE run = %s ORDER BY number", self.id
        )
        return [line for (line,) in rows]

    def trace_size(self) -> int:
        ((number,),) = self._database.execute(
            "SELECT coalesce(max(number), 0) FROM batuta_events WHERE run = %s", self.id
        )
        return number

    @contextmanager
    def lock(self) -> Generator[None]:
        """Lock the run against other processes, on any machine."""
        name = self._lock_name
        if not self._database.try_lock(name):
            raise InputError(
                f"run {self.id!r} is in use by another process",
                hint="wait until it has finished, or stop that process",
            )
        try:
            yield
        finally:
            self._database.unlock(name)

    def is_locked(self) -> bool:
        return self._database.is_locked(self._lock_name)

    def crashes(self) -> int:
        content = self._crash_records.read(self.id)
        return int(content) if content else 0

    def _write_crashes(self, count: int) -> None:
        self._crash_records.write(self.id, str(count).encode())

    def reset_crashes(self) -> None:
        self._crash_records.delete(self.id)

    @property
    def _crash_records(self) -> DatabaseRecords:
        return DatabaseRecords(self._database, "crashes")

    @property
    def _lock_name(self) -> str:
        return f"run {self.id}"


class DatabaseRuns(Runs):
    """The runs in the database; `folder` holds what a run exports."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(folder)
        self._database = database

    def get(self, run_id: str) -> Run:
        return DatabaseRun(self._database, run_id, self.folder)

    def names(self) -> list[str]:
        rows = self._database.execute("SELECT DISTINCT run FROM batuta_events")
        return [run for (run,) in rows]

    def _exists(self, run_id: str) -> bool:
        return bool(
            self._database.execute("SELECT 1 FROM batuta_events WHERE run = %s LIMIT 1", run_id)
        )


class DatabaseStorage:
    """Keeps runs, conversations and records in PostgreSQL."""

    is_shared = True

    def __init__(self, url: str, home: Path) -> None:
        if not url.startswith(POSTGRESQL):
            raise InputError(
                f"{url!r} is not the address of a database",
                hint="give the address of PostgreSQL, as in postgresql://user@host/database",
            )
        self.checkpoints = url
        self._database = Database(url)
        self.runs: Runs = DatabaseRuns(self._database, home / "runs")

    def records(self, folder: str) -> Records:
        return DatabaseRecords(self._database, folder)

    def secret(self, name: str) -> bytes:
        """Return the secret that all front processes share."""
        path = f"secrets/{name}"
        self._database.execute(
            "INSERT INTO batuta_records (path, content) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            path,
            secrets.token_bytes(32),
        )
        ((content,),) = self._database.execute(
            "SELECT content FROM batuta_records WHERE path = %s", path
        )
        return bytes(content)

    def close(self) -> None:
        self._database.close()
