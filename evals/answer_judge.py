"""Judge an answer by what it says and shows, whatever made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from agent.runtime.agent_runtime import AgentRuntime
from evals.answer_samples import AnswerFacts, declines, first_number, says_word
from evals.harness.agent_run import collect_run
from evals.scoring.media_measures import measure
from tools.media import Audio, Media

MediumMeasures = dict[str, float | str]
"""The kind of a medium, its measures, and the words heard in it."""

_HEARD_WORDS = "heard"


async def measure_answer(
    agent: AgentRuntime, media: Iterable[Media], originals: Sequence[Media], facts: AnswerFacts
) -> list[MediumMeasures]:
    """Return the measures of the media of an answer, so that judging it needs no file."""
    listens = any(expected.hears for expected in facts.shows)
    measures: list[MediumMeasures] = []
    for medium in media:
        heard_text = await _listen(agent, medium) if listens else ""
        values = measure(medium, originals, facts.region)
        measures.append({"kind": medium.kind, _HEARD_WORDS: heard_text, **values})
    return measures


def find_faults(facts: AnswerFacts, answer: str, measures: Sequence[MediumMeasures]) -> list[str]:
    """Return what is wrong with an answer, empty if nothing is."""
    faults = ["it declines"] if not facts.may_decline and declines(answer) else []
    faults += [
        f"none of {', '.join(group)} is said"
        for group in facts.says
        if not any(says_word(answer, word) for word in group)
    ]
    faults += [f"{word} is said" for word in facts.says_not if says_word(answer, word)]
    if facts.number is not None and first_number(answer) != facts.number:
        faults.append(f"the number is {facts.number:g}")
    for expected in facts.shows:
        candidates = [result for result in measures if result["kind"] == expected.kind]
        mismatches = [
            expected.mismatches(_numbers(result), str(result.get(_HEARD_WORDS, "")))
            for result in candidates
        ]
        if not candidates:
            faults.append(f"no {expected.kind} is shown")
        elif all(mismatches):
            faults += min(mismatches, key=len)
    return faults


def _numbers(result: Mapping[str, float | str]) -> dict[str, float]:
    return {name: value for name, value in result.items() if not isinstance(value, str)}


async def _listen(agent: AgentRuntime, medium: Media) -> str:
    """Return the words that speech recognition hears in a sound, "" for other media."""
    if not isinstance(medium, Audio):
        return ""
    run = await collect_run(
        agent.run("write down what is said", [medium], plan="say(transcribe(audio1))")
    )
    return run.outcome.answer
