"""Keep checkpoints in a database, and read those of earlier versions.

This module imports SQLite's saver, which is slow: import it where the database is opened.
"""

# psycopg is an extra that `make setup` does not install.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agent.record.database_storage import POSTGRESQL, SCHEMA_LOCK
from agent.record.earlier_names import current_channel, current_channels


class CheckpointSaver(AsyncSqliteSaver):
    """LangGraph's saver, whose checkpoints have the channels of this version."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        checkpoint = await super().aget_tuple(config)
        return _migrate(checkpoint) if checkpoint else None

    async def alist(
        self, config: RunnableConfig | None, **selection: Any
    ) -> AsyncIterator[CheckpointTuple]:
        async for checkpoint in super().alist(config, **selection):
            yield _migrate(checkpoint)


@asynccontextmanager
async def open_saver(checkpoints: str) -> AsyncGenerator[BaseCheckpointSaver[str]]:
    """Open the checkpoints in a file of SQLite or at a URL of PostgreSQL."""
    # Strict: checkpoints hold plain values only, and other types are not deserialized.
    serializer = JsonPlusSerializer(allowed_msgpack_modules=None)
    if checkpoints.startswith(POSTGRESQL):
        async with _open_postgres(checkpoints, serializer) as saver:
            yield saver
        return
    async with CheckpointSaver.from_conn_string(checkpoints) as sqlite_saver:
        sqlite_saver.serde = serializer
        yield sqlite_saver


@asynccontextmanager
async def _open_postgres(
    url: str, serializer: JsonPlusSerializer
) -> AsyncGenerator[BaseCheckpointSaver[str]]:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import AsyncConnectionPool

    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: Any = AsyncConnectionPool(url, min_size=1, max_size=8, open=False, kwargs=options)
    async with pool:
        saver: Any = AsyncPostgresSaver(pool, serde=serializer)
        async with pool.connection() as connection:
            await connection.execute("SELECT pg_advisory_lock(%s)", [SCHEMA_LOCK])
            await saver.setup()
            await connection.execute("SELECT pg_advisory_unlock(%s)", [SCHEMA_LOCK])
        yield saver


def _migrate(stored: CheckpointTuple) -> CheckpointTuple:
    checkpoint: dict[str, Any] = {**stored.checkpoint}
    for key in ("channel_values", "channel_versions"):
        checkpoint[key] = current_channels(checkpoint[key])
    checkpoint["versions_seen"] = {
        node: current_channels(versions) for node, versions in checkpoint["versions_seen"].items()
    }
    if updated_channels := checkpoint.get("updated_channels"):
        checkpoint["updated_channels"] = [current_channel(name) for name in updated_channels]
    return stored._replace(
        checkpoint=cast("Checkpoint", checkpoint),
        pending_writes=[
            (task, current_channel(channel), value)
            for task, channel, value in stored.pending_writes or ()
        ],
    )
