"""Load the named plans of agent/plans/ and of the user.

A file without a valid plan is reported and skipped, like a broken tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from agent.plan import NamedPlan, PlanError
from agent.plan.check.named_plan_header import read_named_plan
from agent.plan.check.suggestions import Tools
from agent.plan.syntax.parser import parse_partly
from agent.plan.syntax.tree import BUILTINS, FILE_KINDS, callee_names
from tools.errors import PluginError
from tools.sdk.registry import RESERVED, BrokenPlugin

SUFFIX = ".plan"
_SHIPPED = Path(__file__).parents[1] / "plans"


class NamedPlans(Mapping[str, NamedPlan]):
    """Named plans by file name, in alphabetical order."""

    def __init__(
        self, plans: Iterable[NamedPlan] = (), broken: Iterable[BrokenPlugin] = ()
    ) -> None:
        self._plans = {plan.name: plan for plan in sorted(plans, key=lambda plan: plan.name)}
        self.broken = tuple(broken)

    @classmethod
    def load(
        cls, tools: Tools, files: Sequence[Path] = (), user_folder: Path | None = None
    ) -> NamedPlans:
        """Load the plans of Batuta, the files and the user folder.

        `tools` are all registered tools, including those that the profile has no model for.
        """
        user_plans = _plans_in(user_folder) if user_folder else ()
        paths = (*_plans_in(_SHIPPED), *files, *user_plans)
        reader = _PlanReader(tools, dict.fromkeys(path.resolve() for path in paths))
        return cls(reader.plans.values(), reader.broken)

    def __getitem__(self, name: str) -> NamedPlan:
        return self._plans[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)


class _PlanReader:
    """Reads plans after the plans they call; the first name wins."""

    def __init__(self, tools: Tools, paths: Iterable[Path]) -> None:
        self.plans: dict[str, NamedPlan] = {}
        self.broken: list[BrokenPlugin] = []
        self._tools = tools
        self._paths: dict[str, Path] = {}
        for path in paths:
            if (other := self._paths.setdefault(path.stem, path)) is not path:
                self._report(path, f"there is already a plan {path.stem!r}, in {other}")
        for name in self._paths:
            self._read(name, ())

    def _read(self, name: str, callers: tuple[str, ...]) -> None:
        path = self._paths[name]
        if name in self.plans or any(plugin.source == str(path) for plugin in self.broken):
            return
        try:
            text = path.read_text(encoding="utf-8")
            self._read_callees(text, (*callers, name))
            _check_name(name)
            plan = read_named_plan(name, text, {**self._tools, **self.plans}, str(path))
            _check_signature(plan, self._tools)
        except PlanError as error:
            first_problem = error.problems[0]
            self._report(
                path, f"{path}:{first_problem}", "compare it with: batuta tools show describe"
            )
        except (OSError, UnicodeDecodeError) as error:
            self._report(path, f"{path} cannot be read: {error}", "check its name and place")
        except PluginError as error:
            self._report(path, error.message, error.hint)
        else:
            self.plans[name] = plan

    def _read_callees(self, text: str, callers: tuple[str, ...]) -> None:
        for callee in sorted(callee_names(parse_partly(text).plan) & self._paths.keys()):
            if callee in callers:
                raise PluginError(
                    f"the plan calls itself: {' → '.join((*callers, callee))}",
                    hint="a plan may call other plans, not itself",
                )
            self._read(callee, callers)

    def _report(self, path: Path, error: str, hint: str = "give the file another name") -> None:
        self.broken.append(BrokenPlugin(str(path), error, hint))


def _plans_in(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


def _check_name(name: str) -> None:
    if not re.fullmatch("[a-z][a-z0-9_]*", name) or name in RESERVED | {*BUILTINS, *FILE_KINDS}:
        raise PluginError(
            f"{name!r} cannot be called in plans",
            hint="name the file in lower case, such as count_people.plan",
        )


def _check_signature(plan: NamedPlan, tools: Tools) -> None:
    """Raise PluginError if a tool of that name has another signature."""
    tool = tools.get(plan.name)
    if tool and tool.signature != plan.signature:
        raise PluginError(
            f"{plan.source}: there is a tool {tool.signature} already; this is {plan.signature}",
            hint="give the file another name, or the plan the signature of the tool",
        )
