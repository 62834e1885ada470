import io
from pathlib import Path

import PIL.Image
import pytest

from agent.runtime.agent_runtime import Settings
from agent.web.access.auth import COOKIE
from agent.web.agent_pool import AgentPool
from agent.web.chat import Chat, ChatLimits
from tests.agent.conftest import SLOW_TOOLS
from tests.agent.web.conftest import House
from tests.agent.web.served import serve_chat
from tools.media.picture_formats import picture_format

# Gradio and pandas warn of each other in the server that runs in this process.
pytestmark = pytest.mark.filterwarnings("default")

LIST_NOTES = """\
when: list
rows = melody("C4")
say("{rows}")
"""
MELODY = """\
from tools import Table, tool
from tools.signal.music.note_tables import COLUMNS


@tool
def melody(key: str) -> Table:
    \"\"\"Return one note.\"\"\"
    return Table(COLUMNS, ((0.0, 0.5, key, 1.0),))
"""
CONVERT = """\
when: convert
red = paint(200, ms=1)
converted = to_format(red, "{}")
say("{{converted}}")
"""


@pytest.mark.parametrize(
    ("format", "suffix", "shown_type", "saved_type"),
    [
        ("jpeg", "jpg", "image/jpeg", "image/jpeg"),
        ("webp", "webp", "image/webp", "image/webp"),
        ("tiff", "tiff", "image/png", "image/tiff"),
        ("pdf", "pdf", "image/png", "application/pdf"),
    ],
)
async def test_a_converted_picture_is_shown_on_the_page_and_saved_in_its_format(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format: str,
    suffix: str,
    shown_type: str,
    saved_type: str,
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    script = tmp_path / "replies.txt"
    script.write_text(CONVERT.format(format), encoding="utf-8")
    settings = Settings(language_model=f"scripted:{script}", tool_files=(SLOW_TOOLS,))
    chat = Chat(AgentPool(settings), ChatLimits())
    async with serve_chat(chat) as served, served.visit() as guest:
        house = House(served.chat, tmp_path)
        tab = served.chat.open(served.chat.visitors.get(guest.client.cookies[COOKIE]))
        view = await house.ask(tab, "convert it")
        value = view.results[-1].value
        assert isinstance(value, dict)
        url = f"/media/{tab.conversation.id}/{value['artifact']}"

        shown = await guest.client.get(url)
        saved = await guest.client.get(url, params={"save": "converted.png"})

    assert shown.headers["content-type"] == shown_type
    with PIL.Image.open(io.BytesIO(shown.content)) as opened:
        assert opened.convert("RGB").getpixel((1, 1)) == pytest.approx((200, 0, 0), abs=4)
    assert saved.headers["content-type"] == saved_type
    assert saved.headers["content-disposition"] == f'attachment; filename="converted.{suffix}"'
    assert picture_format(saved.content).suffix == f".{suffix}"


async def test_a_table_is_saved_as_csv_and_notes_as_midi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    script, plugin = tmp_path / "replies.txt", tmp_path / "melody.py"
    script.write_text(LIST_NOTES, encoding="utf-8")
    plugin.write_text(MELODY, encoding="utf-8")
    settings = Settings(language_model=f"scripted:{script}", tool_files=(plugin,))
    chat = Chat(AgentPool(settings), ChatLimits())
    async with serve_chat(chat) as served, served.visit() as guest:
        house = House(served.chat, tmp_path)
        tab = served.chat.open(served.chat.visitors.get(guest.client.cookies[COOKIE]))
        await house.ask(tab, "list the notes")
        downloads = (await served.chat.turns(tab))[-1].downloads

        sheet, tune = [await guest.client.get(download.url) for download in downloads]

    assert [download.file for download in downloads] == ["rows.csv", "rows.mid"]
    assert sheet.text == "from second,to second,note,score\n0.0,0.5,C4,1.0\n"
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert sheet.headers["content-disposition"] == 'attachment; filename="rows.csv"'
    assert tune.content.startswith(b"MThd")
    assert tune.headers["content-type"] == "audio/midi"
