"""The names of the virtual models: `batuta`, and `batuta/PROFILE` for each profile."""

from __future__ import annotations

from collections.abc import Sequence

from agent.server.api_errors import ApiError

MODEL = "batuta"


def model_names(profiles: Sequence[str]) -> list[str]:
    """Return the names of all virtual models."""
    return [MODEL, *(f"{MODEL}/{profile}" for profile in profiles)]


def profile_of(model: str, profiles: Sequence[str]) -> str:
    """Return the profile that a model name stands for; 404 for an unknown model."""
    name, _, profile = model.partition("/")
    if name == MODEL and (not profile or profile in profiles):
        return profile
    raise ApiError(
        404,
        f"there is no model {model!r}; there are: {', '.join(model_names(profiles))}",
        hint="list them with: GET /v1/models",
        code="model_not_found",
        param="model",
    )
