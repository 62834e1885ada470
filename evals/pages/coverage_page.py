"""Run requests that earlier systems are known for, and write docs/coverage.md.

python -m evals.pages.coverage_page [--profile offline] [--plans]

Each request of data/coverage.jsonl goes to the real agent with its sample files. A plan is right if
it calls exactly the tools of one of the accepted plans, in any order; a refusal is right if the
profile has no model for one of the request's `absent` tools. With `--plans` nothing runs and no
page is written: it prints the wrong plans and the number of right ones.
"""

from __future__ import annotations

import argparse
import asyncio
import textwrap
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from agent.plan import CheckedPlan, commands
from agent.plan.syntax.tree import Say, Text
from agent.record.artifacts import references
from agent.runtime.agent import Agent, Settings
from agent.runtime.session import Session
from evals.harness.agent_run import collect_run
from evals.pages.page_media import write_small
from tools.errors import BatutaError
from tools.sdk.tool_check import SAMPLES

_REQUESTS = Path(__file__).parents[1] / "data" / "coverage.jsonl"
FOLDER = Path(__file__).parents[2] / "docs"
SHOWN_CHARACTERS = 600


class Request(BaseModel):
    """A request that earlier systems are known for, with its right plans."""

    model_config = ConfigDict(extra="forbid")

    row: str
    request: str
    files: list[str]
    then: str = ""
    """A follow-up request in the same conversation; its plan is the one judged."""
    plans: list[list[str]] = []
    """The sorted tools of each right plan."""
    absent: list[str] = []
    """Tools that the answer may refuse where the profile has no model for them."""


@dataclass(frozen=True)
class Covered:
    """The outcome of one request."""

    request: Request
    plan: str
    right: bool
    refused: bool
    done: bool
    answer: str
    files: tuple[Path, ...]
    seconds: float

    @property
    def verdict(self) -> str:
        if not self.right:
            return "wrong"
        if self.refused:
            return "refused for want of a model"
        return "answered" if self.done else "failed"


def requests() -> list[Request]:
    """Read every request of the set."""
    lines = _REQUESTS.read_text(encoding="utf-8").splitlines()
    return [Request.model_validate_json(line) for line in lines]


def is_right(request: Request, tools: Sequence[str], answer: str, orchestra: Session) -> bool:
    """Return whether the called tools or the answer's refusal are right."""
    if not tools and is_refusal(answer, request.absent, orchestra):
        return True
    return sorted(tools) in request.plans


def is_refusal(answer: str, absent: Sequence[str], orchestra: Session) -> bool:
    """Return whether the answer explains the lack of one of these tools."""
    lacking = [name for name in absent if name in orchestra.absent]
    return any(answer.strip() == orchestra.why_absent(name) for name in lacking)


async def cover(agent: Agent, request: Request, name: str) -> Covered:
    """Run the request and write its results as small files."""
    files = [SAMPLES[file] for file in request.files]
    begun = time.monotonic()
    asked = await collect_run(agent.run(request.request, files))
    if request.then:
        asked = await collect_run(agent.run(request.then, [], conversation=asked.outcome.run))
    seconds = time.monotonic() - begun
    outcome, plans = asked.outcome, asked.plans
    tools = [step.tool for plan in plans[:1] for step in plan.steps]
    store = agent.session.store
    digests = [digest for result in outcome.results for digest in references(result.value)]
    media = [store.get(digest) for digest in dict.fromkeys(digests)]
    answer = outcome.answer or outcome.error
    return Covered(
        request=request,
        plan="\n".join(plan.plan for plan in plans),
        right=is_right(request, tools, answer, agent.session),
        refused=is_refusal(answer, request.absent, agent.session),
        done=outcome.state == "done",
        answer=answer,
        files=tuple(write_small(media, FOLDER / "coverage", name)),
        seconds=seconds,
    )


async def only_plan(agent: Agent, request: Request) -> tuple[bool, str]:
    """Plan the request; return whether the plan is right, and its text."""
    try:
        checked = await agent.plan(request.request, [SAMPLES[file] for file in request.files])
    except BatutaError as error:
        return False, str(error)
    tools = [command.tool for command in commands(checked)]
    return is_right(request, tools, _said(checked), agent.session), checked.text


def _said(checked: CheckedPlan) -> str:
    """Return the literal text that a plan says."""
    said = (each.value for each in checked.plan.statements if isinstance(each, Say))
    parts = (part for text in said if isinstance(text, Text) for part in text.parts)
    return "".join(part for part in parts if isinstance(part, str))


async def score_plans(profile: str) -> None:
    """Print the wrong plans and the number of right ones."""
    asked = [request for request in requests() if not request.then]
    right = 0
    async with Agent.open(Settings(profile=profile)) as agent:
        for request in asked:
            is_one, plan = await only_plan(agent, request)
            right += is_one
            if not is_one:
                print(f"{request.request}\n{textwrap.indent(plan, '    ')}", flush=True)
    print(f"{right} of {len(asked)} planned rightly")


async def write_page(profile: str) -> None:
    """Run every request and write docs/coverage.md and its media files."""
    folder = FOLDER / "coverage"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    covered: list[Covered] = []
    async with Agent.open(Settings(profile=profile)) as agent:
        model = agent.session.language_model_name
        await agent.warm_up()
        for number, request in enumerate(requests(), 1):
            covered.append(await cover(agent, request, f"{number:02}"))
            print(f"{covered[-1].verdict:>30}  {request.request}", flush=True)
            # Written after each request, so that an interrupted run leaves a page.
            page = "\n".join(_page(covered, profile, model))
            (FOLDER / "coverage.md").write_text(page + "\n", encoding="utf-8")


def _page(covered: Sequence[Covered], profile: str, model: str) -> Iterator[str]:
    yield "# What can be asked\n"
    yield (
        "What systems before this one are known for, as requests in one sentence: the plan that "
        f"`{model}` wrote for each in the profile `{profile}`, and the result. Written by "
        "`make coverage`, failures included; the seconds are those of the whole run, with loading "
        "models. The files are those of [tools/samples](../tools/samples/SOURCES.md).\n"
    )
    yield "| system | requests | answered | refused for want of a model | failed or wrong |"
    yield "|---|---|---|---|---|"
    rows = list(dict.fromkeys(result.request.row for result in covered))
    for row in rows:
        yield _counts(row, [result for result in covered if result.request.row == row])
    yield _counts("**all**", covered) + "\n"
    for row in rows:
        yield f"## {row}\n"
        for result in covered:
            if result.request.row == row:
                yield from _section(result)


def _counts(title: str, covered: Sequence[Covered]) -> str:
    verdicts = Counter(each.verdict for each in covered)
    told = (verdicts["answered"], verdicts["refused for want of a model"])
    cells = (title, len(covered), *told, len(covered) - sum(told))
    return f"| {' | '.join(map(str, cells))} |"


def _section(covered: Covered) -> Iterator[str]:
    asked = covered.request
    sentence = f"{asked.request} … {asked.then}" if asked.then else asked.request
    given = ", ".join(f"`{SAMPLES[file].name}`" for file in asked.files) or "no file"
    yield f"### {sentence}\n"
    yield f"{given} — **{covered.verdict}**, {covered.seconds:.0f} s\n"
    yield f"```\n{covered.plan.strip()}\n```\n"
    answer = covered.answer.strip()
    shown = answer if len(answer) <= SHOWN_CHARACTERS else answer[:SHOWN_CHARACTERS] + " …"
    yield "\n".join(f"> {line}".rstrip() for line in shown.splitlines()) + "\n"
    if covered.files:
        yield " ".join(map(_link, covered.files)) + "\n"


def _link(path: Path) -> str:
    picture = "!" if path.suffix == ".jpg" else ""
    return f"{picture}[{path.name}](coverage/{path.name})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="offline")
    parser.add_argument("--plans", action="store_true", help="only judge the plans, run nothing")
    given = parser.parse_args()
    asyncio.run((score_plans if given.plans else write_page)(given.profile))
