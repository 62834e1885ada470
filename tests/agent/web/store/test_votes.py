import asyncio
from pathlib import Path

import pytest

from agent.record.journal import Runs
from agent.web.store.votes import MAX_REASON_LENGTH, Votes
from tests.agent.conftest import Try
from tools.errors import InputError


def test_votes_are_kept_in_order_over_restarts(tmp_path: Path) -> None:
    Votes(tmp_path / "kept").add("run-1", True, "right at once")
    Votes(tmp_path / "kept").add("run-2", False, " it missed\none  cup ")
    Votes(tmp_path / "kept").add("run-1", False)

    votes = Votes(tmp_path / "kept").all()

    assert [(vote.run, vote.up, vote.reason) for vote in votes] == [
        ("run-1", True, "right at once"),
        ("run-2", False, "it missed one cup"),
        ("run-1", False, ""),
    ]


def test_nobody_has_voted_yet(tmp_path: Path) -> None:
    assert Votes(tmp_path).all() == []


def test_a_long_reason_and_a_strange_run_are_refused(tmp_path: Path) -> None:
    votes = Votes(tmp_path)

    with pytest.raises(InputError, match=r"1,001 characters; 1,000 are allowed"):
        votes.add("run-1", True, "x" * (MAX_REASON_LENGTH + 1))
    for run in ("", "../../etc", "a" * 101, "a\nb"):
        with pytest.raises(InputError, match="is not the id of a run"):
            votes.add(run, True)
    assert votes.all() == []


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    votes = Votes(tmp_path)
    votes.add("run-1", True)
    with votes.path.open("ab") as file:
        file.write(b'{"run": "run-2", "up": tr')
    votes.add("run-3", False)

    assert [vote.run for vote in votes.all()] == ["run-1", "run-3"]


async def test_votes_that_come_at_once_are_all_kept(tmp_path: Path) -> None:
    adding = (
        asyncio.to_thread(Votes(tmp_path).add, f"run-{n}", True, "x" * 900) for n in range(40)
    )
    await asyncio.gather(*adding)

    assert {vote.run for vote in Votes(tmp_path).all()} == {f"run-{n}" for n in range(40)}


async def test_a_vote_becomes_a_sample_of_its_run(attempt: Try, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Good morning")
    run = (
        await attempt.run("Say it back", plan="same = echo(text1, 0)\nsay(same)", files=(words,))
    ).outcome.run
    votes = Votes(tmp_path / "chat")
    votes.add(run, True, "good")
    votes.add(run, False, "no, too short")
    votes.add("20200101-000000-gone", True)

    (sample,) = votes.samples(Runs(tmp_path / "runs"))

    assert (sample.run, sample.request, sample.plan) == (
        run,
        "Say it back",
        "same = echo(text1, 0)\nsay(same)\n",
    )
    assert [(file.name, file.value) for file in sample.files] == [("text1", "Good morning")]
    assert (sample.answer, sample.state) == ("Good morning", "done")
    assert (sample.up, sample.reason) == (False, "no, too short")


def test_votes_of_earlier_versions_are_read(tmp_path: Path) -> None:
    votes = Votes(tmp_path)
    votes.path.write_text('{"run": "run1", "up": false, "why": "too short", "at": 1.0}\n')

    votes.add("run1", True, "good now")

    assert [vote.reason for vote in votes.all()] == ["too short", "good now"]
    assert '"why"' not in votes.path.read_text().splitlines()[1]


def test_the_last_vote_on_each_run_is_known_as_soon_as_it_is_written(tmp_path: Path) -> None:
    votes = Votes(tmp_path)
    assert votes.latest() == {}

    votes.add("run-1", True)
    votes.add("run-2", False, "too short")
    assert {run: vote.up for run, vote in votes.latest().items()} == {"run-1": True, "run-2": False}

    with votes.path.open("ab") as file:
        file.write(b'{"run": "to')  # a process that was killed
    Votes(tmp_path).add("run-1", False, "no")
    assert {run: vote.reason for run, vote in votes.latest().items()} == {
        "run-1": "no",
        "run-2": "too short",
    }
