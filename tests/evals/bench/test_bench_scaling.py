"""Runs that outlive their processes: a worker and the front killed in the middle."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from agent.record.database_storage import DatabaseStorage
from evals.bench.bench_scaling import measure_kills
from evals.bench.local_cluster import BenchHome, free_port, local_cluster
from evals.bench.local_services import local_postgresql, local_s3, postgresql_folder

pytestmark = [pytest.mark.slow, pytest.mark.ray, pytest.mark.timeout(600)]

RUNS = 8


@pytest.fixture
def home(tmp_path: Path) -> BenchHome:
    if find_spec("ray") is None:
        pytest.skip("needs Ray: pip install 'batuta[ray]'")
    return BenchHome.create(tmp_path / "home")


async def test_runs_go_on_after_the_front_is_killed_and_restarted(home: BenchHome) -> None:
    with local_cluster(home):
        report = await measure_kills(home, free_port(), RUNS)

    assert report.workers_killed == 1
    assert report.right_answers == RUNS
    assert report.finished_once == report.commands


async def test_another_front_finishes_the_runs_of_one_that_was_killed(home: BenchHome) -> None:
    if find_spec("psycopg") is None or postgresql_folder() is None:
        pytest.skip("needs PostgreSQL and: pip install 'batuta[postgres]'")
    if find_spec("moto") is None or find_spec("s3fs") is None:
        pytest.skip("needs pip install 'batuta[s3]' 'moto[s3,server]'")

    with local_postgresql() as database, local_s3() as artifacts, local_cluster(home):
        storage = DatabaseStorage(database, home.folder)
        shared = ["--database", database, "--artifacts", artifacts]
        report = await measure_kills(home, free_port(), RUNS, shared=shared, storage=storage)
        storage.close()

    assert report.right_answers == RUNS
    assert report.finished_once == report.commands
    # The front processes kept nothing of them in their homes.
    for folder in (home.folder, home.folder.with_name("second")):
        assert not (folder / "clients").exists()
        assert not (folder / "artifacts").exists()
        assert not list((folder / "runs").glob("*/*"))
