"""What models took is measured, and remembered between starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.models.residency.footprints import Footprint, Footprints, measure_bytes, memory_in_use

DETECT = Footprint(model="detect/a", dtype="float32", device="cpu", bytes=52_000_000, load_s=0.4)
SPEAK = Footprint(model="speak/b", dtype="float16", device="cuda:0", bytes=14_000_000, load_s=0.2)

HOLD_80_MB = """
from tools.models.residency.footprints import measure_bytes, memory_in_use

before = memory_in_use("cpu")
held = b"x" * 80_000_000
print(measure_bytes("cpu", before, minimum=0))
"""


def test_a_footprint_is_recalled_after_a_restart_by_model_dtype_and_device(tmp_path: Path):
    path = tmp_path / "new folder" / "footprints.json"
    Footprints(path).remember(DETECT)
    again = Footprints(path)
    assert again.recall("detect/a", "float32", "cpu") == DETECT
    assert again.recall("detect/a", "float16", "cpu") is None
    assert again.recall("detect/a", "float32", "cuda:0") is None
    assert again.recall("speak/b", "float16", "cuda:0") is None


def test_a_later_measurement_replaces_an_earlier_one(tmp_path: Path):
    path = tmp_path / "footprints.json"
    footprints = Footprints(path)
    footprints.remember(DETECT)
    later = DETECT.model_copy(update={"bytes": 60_000_000})
    footprints.remember(later)
    assert Footprints(path).recall("detect/a", "float32", "cpu") == later


def test_two_processes_that_measure_keep_what_the_other_one_found(tmp_path: Path):
    path = tmp_path / "footprints.json"
    one, other = Footprints(path), Footprints(path)
    one.remember(DETECT)
    other.remember(SPEAK)
    both = Footprints(path)
    assert both.recall("detect/a", "float32", "cpu") == DETECT
    assert both.recall("speak/b", "float16", "cuda:0") == SPEAK
    assert [found.name for found in tmp_path.iterdir()] == ["footprints.json"]


@pytest.mark.parametrize(
    "damaged",
    [b"", b"{", b"\xff\xfe", b"[1]", b'{"model": "a"}', b'[{"model": "a", "bytes": -'],
)
def test_a_damaged_file_is_ignored_and_written_anew(tmp_path: Path, damaged: bytes):
    path = tmp_path / "footprints.json"
    path.write_bytes(damaged)
    footprints = Footprints(path)
    assert footprints.recall("detect/a", "float32", "cpu") is None
    footprints.remember(DETECT)
    assert Footprints(path).recall("detect/a", "float32", "cpu") == DETECT


def test_a_place_that_cannot_be_written_costs_only_the_memory_of_it(tmp_path: Path):
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    footprints = Footprints(in_the_way / "footprints.json")
    footprints.remember(DETECT)
    assert footprints.recall("detect/a", "float32", "cpu") == DETECT


@pytest.mark.skipif(memory_in_use("cpu") is None, reason="only Linux says what a process holds")
def test_what_a_load_takes_on_the_cpu_is_seen():
    # In a process of its own: in this one models of other tests may be let go meanwhile.
    measured = subprocess.run(
        [sys.executable, "-c", HOLD_80_MB], check=True, capture_output=True, text=True
    )
    assert 70_000_000 < int(measured.stdout) < 120_000_000


@pytest.mark.skipif(memory_in_use("cpu") is None, reason="only Linux says what a process holds")
def test_a_measurement_stays_within_the_bounds_it_is_given():
    assert measure_bytes("cpu", memory_in_use("cpu"), minimum=10**12) == 10**12
    assert measure_bytes("cpu", 0, minimum=1_000, maximum=4_000) == 4_000


def test_where_nothing_can_be_measured_the_weights_count():
    assert memory_in_use("abacus") is None
    assert measure_bytes("abacus", None, minimum=5, maximum=20) == 5
