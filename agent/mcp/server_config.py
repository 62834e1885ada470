"""Read the file of MCP servers: the `mcpServers` form that clients of the protocol share."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tools.errors import InputError

DEFAULT_SECONDS = 60.0


class ServerEntry(BaseModel):
    """How to reach one server, and what it may do."""

    # Other programs keep fields of their own here.
    model_config = ConfigDict(extra="ignore", frozen=True)
    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = Field(default_factory=dict[str, str])
    cwd: str | None = None
    url: str = ""
    headers: dict[str, str] = Field(default_factory=dict[str, str])
    trusted: bool = False
    """Whether its tools run without approval of the plan."""
    timeout_s: float = Field(default=DEFAULT_SECONDS, gt=0)
    """The time limit of a call."""
    disabled: bool = False

    @model_validator(mode="after")
    def _check_address(self) -> ServerEntry:
        if bool(self.command) == bool(self.url):
            raise ValueError("allowed is either a command or a url")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("a url begins with http:// or https://")
        if self.headers and not self.url:
            raise ValueError("headers belong to a url")
        return self


class _ServerFile(BaseModel):
    model_config = ConfigDict(extra="ignore")
    servers: dict[str, ServerEntry] = Field(alias="mcpServers")


def read_servers(path: Path) -> dict[str, ServerEntry]:
    """Return the servers of a file that are not disabled, by name."""
    try:
        content = _ServerFile.model_validate_json(path.expanduser().read_bytes())
    except OSError as error:
        raise InputError(
            f"the file of MCP servers {str(path)!r} cannot be read: {error}",
            hint="name a JSON file with mcpServers, as docs/mcp.md shows",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(
            f"{str(path)!r}: {field}: {first['msg']}",
            hint="docs/mcp.md shows the form of the file",
        ) from error
    return {name: entry for name, entry in content.servers.items() if not entry.disabled}
