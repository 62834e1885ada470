"""Run requests for what earlier systems do and for everyday tools, and write docs/coverage.md.

python -m evals.pages.coverage_page [--profile offline] [--plans] [--tasks]

Each request of data/coverage.jsonl goes to the real agent with its sample files. An answer is
judged by what it says and shows, as in the suite `answers` (data/coverage_outcomes.jsonl), or by
its plan where that file has no such request. A refusal is right if the profile has no model for
one of the request's `absent` tools. With `--plans` nothing runs and no page is written: it prints
the wrong plans and the number of right ones. A plan is right if it calls exactly the tools of one
of the accepted plans, in any order. With `--tasks` nothing runs either, and
only the section on tasks by name is rewritten.
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
from agent.runtime.agent_runtime import AgentRuntime, Settings
from agent.runtime.session import Session
from evals.answer_judge import measure_answer
from evals.coverage_outcomes import coverage_faults, coverage_outcomes
from evals.harness.agent_run import AgentRun, collect_run
from evals.pages.known_tasks import HEADING, task_tables
from evals.pages.page_media import write_small
from tools.errors import BatutaError
from tools.media import Media
from tools.media.open_untrusted import open_media
from tools.sdk.tool_check import SAMPLES

_REQUESTS = Path(__file__).parents[1] / "data" / "coverage.jsonl"
FOLDER = Path(__file__).parents[2] / "docs"
SHOWN_CHARACTERS = 600


class CoverageRequest(BaseModel):
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
    plan: str = ""
    """A right plan: with it, a test compares the tools with the outcome that is expected."""


@dataclass(frozen=True)
class CoverageResult:
    """The outcome of one request."""

    request: CoverageRequest
    plan: str
    faults: tuple[str, ...]
    """What is wrong with the answer, empty if nothing is."""
    refused: bool
    completed: bool
    answer: str
    files: tuple[Path, ...]
    seconds: float

    @property
    def verdict(self) -> str:
        if self.refused:
            return "refused: no model in the profile"
        if not self.completed:
            return "failed"
        return "wrong" if self.faults else "answered"


def requests() -> list[CoverageRequest]:
    """Read every request of the set."""
    lines = _REQUESTS.read_text(encoding="utf-8").splitlines()
    return [CoverageRequest.model_validate_json(line) for line in lines]


def is_right(request: CoverageRequest, tools: Sequence[str], answer: str, session: Session) -> bool:
    """Return whether the called tools or the answer's refusal are right."""
    if not tools and is_refusal(answer, request.absent, session):
        return True
    return sorted(tools) in request.plans


def is_refusal(answer: str, absent: Sequence[str], session: Session) -> bool:
    """Return whether the answer explains the lack of one of these tools."""
    unavailable = [name for name in absent if name in session.absent]
    return any(answer.strip() == session.why_absent(name) for name in unavailable)


async def run_request(agent: AgentRuntime, request: CoverageRequest, name: str) -> CoverageResult:
    """Run the request and write its results as small files."""
    files = [SAMPLES[file] for file in request.files]
    start = time.monotonic()
    run = await collect_run(agent.run(request.request, files))
    if request.then:
        run = await collect_run(agent.run(request.then, [], conversation=run.outcome.run))
    seconds = time.monotonic() - start
    outcome, plans = run.outcome, run.plans
    media = _shown_media(agent, run)
    faults = await find_coverage_faults(agent, request, run)
    answer = outcome.answer or outcome.error
    return CoverageResult(
        request=request,
        plan="\n".join(plan.plan for plan in plans),
        faults=tuple(faults),
        refused=is_refusal(answer, request.absent, agent.session),
        completed=outcome.state == "done",
        answer=answer,
        files=tuple(write_small(media, FOLDER / "coverage", name)),
        seconds=seconds,
    )


async def find_coverage_faults(
    agent: AgentRuntime, request: CoverageRequest, run: AgentRun
) -> list[str]:
    """Return what is wrong with the answer, by its outcome or else by its plan."""
    facts = coverage_outcomes().get(request.request)
    if facts is None:
        tools = [step.tool for plan in run.plans[:1] for step in plan.steps]
        answer = run.outcome.answer or run.outcome.error
        is_planned_well = is_right(request, tools, answer, agent.session)
        return [] if is_planned_well else ["other tools were called than those of a right plan"]
    opened = [open_media(SAMPLES[file]) for file in request.files]
    originals = [medium for medium in opened if not isinstance(medium, str)]
    measures = await measure_answer(agent, _shown_media(agent, run), originals, facts)
    return coverage_faults(facts, run.outcome.answer, measures)


def _shown_media(agent: AgentRuntime, run: AgentRun) -> list[Media]:
    store = agent.session.store
    digests = [digest for result in run.outcome.results for digest in references(result.value)]
    return [store.get(digest) for digest in dict.fromkeys(digests)]


async def plan_only(agent: AgentRuntime, request: CoverageRequest) -> tuple[bool, str]:
    """Plan the request; return whether the plan is right, and its text."""
    try:
        checked = await agent.plan(request.request, [SAMPLES[file] for file in request.files])
    except BatutaError as error:
        return False, str(error)
    tools = [command.tool for command in commands(checked)]
    return is_right(request, tools, _literal_text(checked), agent.session), checked.text


def _literal_text(checked: CheckedPlan) -> str:
    """Return the literal text that a plan says."""
    texts = (statement.value for statement in checked.plan.statements if isinstance(statement, Say))
    parts = (part for text in texts if isinstance(text, Text) for part in text.parts)
    return "".join(part for part in parts if isinstance(part, str))


async def score_plans(profile: str) -> None:
    """Print the wrong plans and the number of right ones."""
    single_requests = [request for request in requests() if not request.then]
    right = 0
    async with AgentRuntime.open(Settings(profile=profile)) as agent:
        for request in single_requests:
            is_correct, plan = await plan_only(agent, request)
            right += is_correct
            if not is_correct:
                print(f"{request.request}\n{textwrap.indent(plan, '    ')}", flush=True)
    print(f"{right} of {len(single_requests)} planned rightly")


def rewrite_tasks() -> None:
    """Write the section on tasks by name, the last one of docs/coverage.md."""
    path = FOLDER / "coverage.md"
    requests_part = path.read_text(encoding="utf-8").partition(HEADING)[0]
    page = requests_part + "\n".join(task_tables())
    path.write_text(page.rstrip() + "\n", encoding="utf-8")


async def write_page(profile: str) -> None:
    """Run every request and write docs/coverage.md and its media files."""
    folder = FOLDER / "coverage"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    results: list[CoverageResult] = []
    async with AgentRuntime.open(Settings(profile=profile)) as agent:
        model = agent.session.language_model_name
        await agent.warm_up()
        for number, request in enumerate(requests(), 1):
            results.append(await run_request(agent, request, f"{number:02}"))
            print(f"{results[-1].verdict:>30}  {request.request}", flush=True)
            # Written after each request, so that an interrupted run leaves a page.
            page = "\n".join(_page(results, profile, model))
            (FOLDER / "coverage.md").write_text(page.rstrip() + "\n", encoding="utf-8")


def _page(results: Sequence[CoverageResult], profile: str, model: str) -> Iterator[str]:
    yield "# What can be asked\n"
    yield (
        "Requests of one sentence for what earlier systems are known for, and for each everyday "
        f"tool: the plan that `{model}` wrote for each in the profile `{profile}`, and the result. "
        "Written by "
        "`make coverage`, failures included; an answer is judged by what it says and shows. The "
        "seconds are those of the whole run, loading of models included. The files are those of "
        "[tools/samples](../tools/samples/SOURCES.md).\n"
    )
    yield "| system | requests | answered | refused: no model in the profile | failed or wrong |"
    yield "|---|---|---|---|---|"
    rows = list(dict.fromkeys(result.request.row for result in results))
    for row in rows:
        yield _counts(row, [result for result in results if result.request.row == row])
    yield _counts("**all**", results) + "\n"
    for row in rows:
        yield f"## {row}\n"
        for result in results:
            if result.request.row == row:
                yield from _section(result)
    yield from task_tables()


def _counts(title: str, results: Sequence[CoverageResult]) -> str:
    verdicts = Counter(result.verdict for result in results)
    counts = (verdicts["answered"], verdicts["refused: no model in the profile"])
    cells = (title, len(results), *counts, len(results) - sum(counts))
    return f"| {' | '.join(map(str, cells))} |"


def _section(result: CoverageResult) -> Iterator[str]:
    request = result.request
    sentence = f"{request.request} … {request.then}" if request.then else request.request
    file_names = ", ".join(f"`{SAMPLES[file].name}`" for file in request.files) or "no file"
    yield f"### {sentence}\n"
    reason = f": {'; '.join(result.faults)}" if result.verdict == "wrong" else ""
    yield f"{file_names} — **{result.verdict}**{reason}, {result.seconds:.0f} s\n"
    yield f"```\n{result.plan.strip()}\n```\n"
    answer = result.answer.strip()
    text = answer if len(answer) <= SHOWN_CHARACTERS else answer[:SHOWN_CHARACTERS] + " …"
    yield "\n".join(f"> {line}".rstrip() for line in text.splitlines()) + "\n"
    if result.files:
        yield " ".join(map(_link, result.files)) + "\n"


def _link(path: Path) -> str:
    picture = "!" if path.suffix == ".jpg" else ""
    return f"{picture}[{path.name}](coverage/{path.name})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="offline")
    parser.add_argument("--plans", action="store_true", help="only judge the plans, run nothing")
    parser.add_argument("--tasks", action="store_true", help="only write the tasks by name")
    options = parser.parse_args()
    if options.tasks:
        rewrite_tasks()
    else:
        asyncio.run((score_plans if options.plans else write_page)(options.profile))
