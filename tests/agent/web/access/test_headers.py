import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.agent.web.conftest import open_chat
from tests.agent.web.served import Served, serve_chat

# Gradio and pandas warn of each other in the server that runs in this process.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Served]:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir(mode=0o755)
    (tmp_path / "home" / "checkpoints.sqlite").touch()  # of an earlier version
    async with serve_chat(open_chat(tmp_path / "home")) as served:
        yield served


@pytest.mark.parametrize(
    "path", ["/", "/config", "/theme.css", "/nothing", "/gradio_api/file=x", "/media/x/y"]
)
async def test_every_answer_says_how_far_it_may_be_used(served: Served, path: str) -> None:
    async with served.visit() as guest:
        headers = (await guest.client.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]


async def test_an_upload_is_shown_so_that_nothing_in_it_runs(
    served: Served, tmp_path: Path
) -> None:
    page = tmp_path / "page.svg"
    page.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    async with served.visit() as guest:
        upload = await guest.upload(page)
        headers = (await guest.client.get(f"/gradio_api/file={upload}")).headers

    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"


async def test_home_and_uploads_are_for_their_owner_only(served: Served, tmp_path: Path) -> None:
    async with served.visit() as guest:
        (tmp_path / "words.txt").write_text("hello")
        await guest.upload(tmp_path / "words.txt")

    for folder in (tmp_path / "home", tmp_path / "home" / "uploads"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_forwarded_host_is_not_given_back(served: Served) -> None:
    async with served.visit() as guest:
        config = await guest.client.get("/config", headers={"x-forwarded-host": "evil.example"})

    assert "evil.example" not in config.text
