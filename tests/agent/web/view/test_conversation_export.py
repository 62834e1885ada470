import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.record.artifacts import ArtifactStore
from agent.record.journal import Run
from agent.web.view.conversation_export import export_conversation
from tests.agent.conftest import Try
from tools import Image, tool
from tools.sdk.tool_check import SAMPLES

EVIL = '<script>alert("1")</script><img src=x onerror=alert(1)> {{ 7 * 7 }}'


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


class Conversation:
    """Requests on the slow tools, and the page of them."""

    def __init__(self, attempt: Try) -> None:
        self.attempt = attempt
        self.runs: list[Run] = []
        self.store = ArtifactStore(str(attempt.home / "artifacts"))

    async def ask(self, request: str, plan: str, *files: Path) -> None:
        first = self.runs[0].id if self.runs else ""
        followed = await self.attempt.run(request, plan=plan, files=files, conversation=first)
        self.runs.append(Run(self.attempt.home / "runs" / followed.outcome.run))

    def page(self, title: str = "My conversation", **options: int) -> str:
        return export_conversation(self.runs, self.store, title, **options)

    def tags(self) -> Tags:
        return Tags(self.page())


@pytest.fixture
def conversation(attempt: Try) -> Conversation:
    return Conversation(attempt)


async def test_requests_plans_results_answers_and_cost_are_on_the_page(
    conversation: Conversation,
) -> None:
    await conversation.ask("Paint it red", 'red = paint(200, 0)\nsay("Here it is: {red} Well?")')
    await conversation.ask("How red is it?", 'n = redness(red, 0)\nsay("So red: {n}")')

    text = re.sub(r"\s+", " ", conversation.tags().text)

    for words in (
        "My conversation",
        "2 requests · ",
        "Paint it red",
        "Plan: 1 step",
        "red = paint(200, 0)",
        "Here it is: red Well?",
        "How red is it?",
        "So red: 200",
        f"run {conversation.runs[1].id}",
    ):
        assert words in text


async def test_pictures_sounds_and_films_are_inside_each_once(conversation: Conversation) -> None:
    files = (SAMPLES["speech"], SAMPLES["film"])
    await conversation.ask("Paint it", 'red = paint(200, 0)\nsay("{red} {red}")', *files)
    await conversation.ask("Again", 'say("{red}")')

    tags = conversation.tags()

    begins = [str(tag["src"])[:22] for tag in tags.named("img", "audio", "video")]
    assert begins == ["data:audio/wav;base64,", "data:video/mp4;base64,", "data:image/png;base64,"]
    picture = base64.b64decode(str(tags.named("img")[0]["src"]).partition(",")[2])
    assert Image.decode(picture).pixels.getpixel((0, 0)) == (200, 0, 0)
    anchor = tags.named("figure")[-1]["id"]
    links = [tag["href"] for tag in tags.named("a")]
    assert links == [f"#{anchor}"] * 3


async def test_every_picture_sound_and_film_has_words_for_those_who_cannot_see_it(
    conversation: Conversation,
) -> None:
    await conversation.ask("Paint", 'red = paint(7, 0)\nsay("{red}")', SAMPLES["sign"])

    tags = conversation.tags()

    assert [tag["alt"] for tag in tags.named("img")] == ["image1: given", "red: Paint (7, 0)"]


async def test_commands_are_told_in_the_words_of_their_tools(conversation: Conversation) -> None:
    @tool(words="Paint something of redness {number}")
    def paint(number: int, ms: int) -> Image:
        """Make a picture of one colour."""
        raise NotImplementedError

    await conversation.ask("Paint it", 'red = paint(200, 0)\nsay("{red}")')

    page = export_conversation(
        conversation.runs, conversation.store, "Title", tools={"paint": paint}
    )

    assert "Paint something of redness 200" in Tags(page).text


async def test_nothing_that_was_written_becomes_a_tag(
    conversation: Conversation, tmp_path: Path
) -> None:
    words = tmp_path / f"{EVIL.replace('/', '')}.txt"
    words.write_text(EVIL)
    plan = f"same = echo({EVIL.replace('{', '{{').replace('}', '}}')!r}, 0)\nsay(same)"
    await conversation.ask(EVIL, plan, words)
    await conversation.ask("Fail", f"broken = crash({EVIL.split('{', maxsplit=1)[0]!r})")

    tags = Tags(conversation.page(EVIL))

    assert tags.named("script", "img", "iframe", "object", "form") == []
    assert not [name for _, attributes in tags.tags for name in attributes if name.startswith("on")]
    assert "{{ 7 * 7 }}" in tags.text


async def test_the_page_forbids_scripts_and_everything_from_outside(
    conversation: Conversation,
) -> None:
    await conversation.ask("Hello", 'say("Hello")')
    page = conversation.page()

    (policy,) = (
        str(tag["content"])
        for tag in Tags(page).named("meta")
        if tag.get("http-equiv") == "Content-Security-Policy"
    )

    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        "default-src 'none'; img-src data:; media-src data:; "
        f"style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "http:" not in page
    assert "https:" not in page
    assert 'style="' not in page


async def test_failures_and_their_reasons_are_told(conversation: Conversation) -> None:
    await conversation.ask("Try", 'x = refuse("no")\ny = echo(x, 0)\nsay(y)')

    text = conversation.tags().text

    assert "'no' is not a good text" in text
    assert "failed" in text


async def test_what_is_too_large_in_all_is_left_out_and_said(conversation: Conversation) -> None:
    await conversation.ask("Paint", 'red = paint(7, 0)\nsay("{red}")', SAMPLES["film"])
    size = SAMPLES["film"].stat().st_size

    tags = Tags(conversation.page(max_bytes=size // 2))

    assert len(tags.named("img")) == 1
    assert tags.named("video") == []
    assert "left out for its size of 0." in tags.text


async def test_a_deleted_picture_is_said_to_be_gone(conversation: Conversation) -> None:
    await conversation.ask("Paint", 'red = paint(9, 0)\nsay("{red}")')
    for path in (conversation.attempt.home / "artifacts").rglob("*.info.json"):
        path.unlink()

    assert "not stored any more" in conversation.tags().text


async def test_lists_of_pictures_and_written_text_are_shown(
    conversation: Conversation, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("first line\nsecond line")
    plan = 'reds = [paint(n, 0) for n in [1, 2, 3]]\nsay("{reds}")'
    await conversation.ask("Paint three", plan, notes)

    tags = conversation.tags()

    assert [tag["alt"] for tag in tags.named("img")] == [
        "reds[0]: Paint (each n, 0)",
        "reds[1]: Paint (each n, 0)",
        "reds[2]: Paint (each n, 0)",
    ]
    assert "first line\nsecond line" in tags.text


def test_an_empty_conversation_is_a_page(attempt: Try) -> None:
    assert "0 requests" in Conversation(attempt).page()
