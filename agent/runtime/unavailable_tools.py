"""Explain why a tool is unavailable in a profile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.errors import CatalogueError
from tools.models.catalogue import Catalogue
from tools.models.download.missing_clients import client_gaps
from tools.models.profile import Profile, profile_names
from tools.sdk.tool import Tool


def why_absent(tool: Tool[..., object], profile: Profile) -> str:
    """Return a sentence with the profiles that have a model, smallest first."""
    action = re.split(r"[:;.]|, such as", tool.description)[0]
    action = action[0].lower() + action[1:]
    reason = _missing_client(tool, profile) or profile.unsupported.get(
        tool.name, f"profile {profile.name!r} has no model for it"
    )
    problem = f"I cannot {action} here: {reason}"
    others = sorted(
        _profiles_with(tool.name, profile.catalogue), key=lambda other: other.memory_bytes
    )
    if not others:
        return f"{problem}, and no other profile has one."
    names = [repr(each.name) for each in others]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    verb = "have" if len(others) > 1 else "has"
    return f"{problem}; {listed} {verb} one: choose it with --profile {others[0].name}."


def _missing_client(tool: Tool[..., object], profile: Profile) -> str:
    for gap in client_gaps(profile):
        if tool.name in gap.tools:
            return f"its model needs {gap.client}, which is not installed ({gap.fix})"
    return ""


def _profiles_with(tool: str, catalogue: Catalogue) -> Iterator[Profile]:
    for name in profile_names(catalogue.home):
        try:
            profile = Profile.load(name, catalogue)
        except CatalogueError:  # a broken profile of the user
            continue
        if profile.offers(tool):
            yield profile
