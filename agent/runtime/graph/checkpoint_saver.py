"""Keep checkpoints in a database, and read those of earlier versions.

This module imports SQLite's saver, which is slow: import it where the database is opened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, CheckpointTuple
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

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
