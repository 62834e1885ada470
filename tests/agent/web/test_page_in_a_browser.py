"""The chat as visitors meet it: a real server, a real Chromium, written plans, slow tools."""

import json
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect

from tests.agent.web.browser import Server, picture
from tests.agent.web.conftest import Enter

pytestmark = pytest.mark.browser
EVIL_NAME = "<img src=x onerror=alert(1)>'\"\u202egnp.exe"


def test_a_first_visit_ends_in_a_first_answer(enter: Enter) -> None:
    visitor = enter()

    visitor.ask("Say hello")

    expect(visitor.answer).to_contain_text("Hello from the script.")
    expect(visitor.page).to_have_title("Batuta")


def test_a_picture_is_given_and_asked_about(enter: Enter, tmp_path: Path) -> None:
    visitor = enter()

    visitor.attach(picture(tmp_path / "holiday.png", red=137))
    expect(visitor.page.locator("#tray .b-chips")).to_contain_text("image1 holiday.png")
    visitor.ask("How red is this?")

    expect(visitor.answer).to_contain_text("It is 137 of 255.")
    shown = visitor.page.locator("#log .b-request img")
    expect(shown).to_have_attribute("alt", "image1, holiday.png")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 240


def test_a_plan_is_watched_while_it_runs(enter: Enter, server: Server) -> None:
    visitor = enter()

    visitor.ask("Paint and wait")

    paint, wait, word = (visitor.lines.nth(n) for n in range(3))
    expect(wait).to_have_class(re.compile("is-running"))
    expect(wait.locator("progress")).to_be_visible()
    expect(paint).to_have_class(re.compile("is-done"))
    expect(paint.locator("figure img")).to_be_visible()
    expect(word).to_have_class(re.compile("is-waiting"))
    expect(visitor.answers).to_have_count(0)
    server.open_gate("painting")
    expect(visitor.answer).to_contain_text("So painting is open.")
    expect(visitor.answer.locator("img")).to_be_visible()
    visitor.unfold("Done: 3 steps")
    expect(word).to_have_class(re.compile("is-done"))
    expect(word.locator("code")).not_to_be_visible()
    word.locator("summary").click()
    expect(word.locator("code")).to_have_text('word = echo("So {first}", 20)')


def test_a_run_is_stopped_and_says_so(enter: Enter) -> None:
    visitor = enter()

    visitor.ask("Take forever")
    expect(visitor.lines.nth(0)).to_have_class(re.compile("is-done"))
    visitor.press("Stop")

    expect(visitor.status).to_contain_text("Stopped; finished results are kept", timeout=10_000)
    expect(visitor.page.locator("#stop")).to_have_count(0)
    visitor.ask("Say hello")
    expect(visitor.answer).to_contain_text("Hello from the script.")


def test_an_edited_plan_runs_again_and_only_what_changed_is_worked_on(
    enter: Enter, server: Server
) -> None:
    visitor = enter()
    visitor.ask("Two words")
    expect(visitor.answer).to_contain_text("left and right")

    visitor.unfold("Done")
    visitor.unfold("Edit the plan as text")
    plan = visitor.page.locator("textarea[name=plan]")
    plan.fill(plan.input_value().replace('"right"', '"wrong"'))
    visitor.press("Run this plan")

    expect(visitor.answer).to_contain_text("left and wrong")
    expect(visitor.answers).to_have_count(1)
    assert [server.worked_on(word) for word in ("left", "right", "wrong")] == [1, 1, 1]


def test_nothing_runs_before_it_is_approved_and_nothing_after_it_is_refused(
    enter: Enter, server: Server
) -> None:
    visitor = enter()
    visitor.page.locator("#right .toggle-button").click()
    visitor.page.locator("#ask-first input").check()

    visitor.ask("Ask me about it")
    expect(visitor.status).to_contain_text("Shall it run?")
    expect(visitor.page.locator(".b-estimate")).to_contain_text("About")
    visitor.press("Do not run it")
    expect(visitor.answer).to_contain_text("refused")
    assert server.worked_on("approved") == 0

    visitor.ask("Ask me about it")
    expect(visitor.status).to_contain_text("Shall it run?")
    visitor.press("Run it")
    expect(visitor.answer).to_contain_text("So it was approved.")
    assert server.worked_on("approved") == 1


def test_a_box_is_drawn_on_a_picture_and_used(enter: Enter, tmp_path: Path) -> None:
    visitor = enter()
    visitor.attach(picture(tmp_path / "photo.png"))
    visitor.begin_mark("Box")
    visitor.draw((40, 30), (90, 80), (140, 90))
    visitor.press("Use this mark")
    expect(visitor.page.locator("#tray .b-chips")).to_contain_text("region1 a marked box in image1")

    visitor.ask("Cut it out")

    part = visitor.answer.locator("img")
    expect(part).to_be_visible()
    size = part.evaluate(
        "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    )
    assert size == [100, 60]


def test_two_visitors_never_see_each_others(enter: Enter, server: Server, tmp_path: Path) -> None:
    one, other = enter(), enter()
    one.attach(picture(tmp_path / "one.png", red=11))
    other.attach(picture(tmp_path / "other.png", red=22))
    for visitor in (one, other):
        expect(visitor.page.locator("#tray .b-chips")).to_contain_text("image1")

    one.ask("How red is this?")
    other.ask("How red is this?")

    expect(one.answer).to_contain_text("It is 11 of 255.")
    expect(other.answer).to_contain_text("It is 22 of 255.")
    for visitor in (one, other):
        expect(visitor.answers).to_have_count(1)
    photo = one.page.locator("#log .b-request img").get_attribute("src") or ""
    page = one.page.locator("#side a[download]").get_attribute("href") or ""
    sent = one.page.request.post(
        urljoin(server.url, "/gradio_api/upload"),
        multipart={"files": {"name": "a.txt", "mimeType": "text/plain", "buffer": b"mine"}},
    )
    for path in (photo, page, f"/gradio_api/file={sent.json()[0]}"):
        url = urljoin(server.url, path)
        assert one.page.request.get(url).status == 200
        assert other.page.request.get(url).status in (403, 404)
    other.reload()
    expect(other.answers).to_have_count(1)
    expect(other.page.locator("#log")).not_to_contain_text("It is 11")


def test_a_reload_in_the_middle_shows_the_run_again_and_its_end(
    enter: Enter, server: Server
) -> None:
    visitor = enter()
    visitor.ask("Take a while")
    expect(visitor.lines.first).to_have_class(re.compile("is-running"))

    visitor.reload()

    expect(visitor.lines.first).to_have_class(re.compile("is-running"))
    server.open_gate("patience")
    expect(visitor.answer).to_contain_text("In the end patience is open.")
    assert server.worked_on("patience") == 1


def test_the_words_of_strangers_stay_words(enter: Enter, tmp_path: Path) -> None:
    visitor = enter()
    visitor.attach(picture(tmp_path / f"{EVIL_NAME}.png"))
    expect(visitor.page.locator("#tray .b-chips")).to_contain_text("image1")
    broken = tmp_path / f"{EVIL_NAME}.pdf"
    broken.write_bytes(b"%PDF-1.4\x00")
    evil = "<img src=x onerror='window.harm=1'><script>window.harm=2</script> __x__"
    visitor.ask(evil)

    expect(visitor.answer).to_contain_text("<img src=x onerror='window.harm=1'> **bold** [link]")
    expect(visitor.page.locator("#log .b-request p").first).to_have_text(evil)
    visitor.attach(broken)
    expect(visitor.page.locator("#tray [role=alert]")).to_contain_text("PDF document")
    visitor.ask("Fail please")
    expect(visitor.answer).to_contain_text("ZeroDivisionError")

    assert visitor.page.evaluate("window.harm") is None
    assert visitor.page.locator("[onerror], #log script, #tray img, #log strong").count() == 0
    assert visitor.dialogs == []


def test_a_vote_is_kept_with_its_reason(enter: Enter, server: Server) -> None:
    visitor = enter()
    visitor.ask("Say hello")
    expect(visitor.answer).to_contain_text("Hello from the script.")

    visitor.press("Not a good answer")
    visitor.page.get_by_label("Why the answer is not good").fill("too short")
    visitor.press("Send")

    expect(visitor.page.locator("#log")).to_contain_text("“too short” Thank you.")
    chosen = visitor.page.get_by_role("button", name="Not a good answer")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    votes = [json.loads(line) for line in (server.home / "votes.jsonl").read_text().splitlines()]
    assert [(vote["up"], vote["reason"]) for vote in votes] == [(False, ""), (False, "too short")]


def test_a_server_that_was_killed_goes_on_where_it_was(enter: Enter, server: Server) -> None:
    visitor = enter()
    visitor.ask("Survive this")
    expect(visitor.lines.nth(1)).to_have_class(re.compile("is-running"))

    server.kill()
    server.open_gate("afterwards")
    server.start()
    visitor.reload()

    expect(visitor.answer).to_contain_text("before the crash, afterwards is open.")
    assert [server.worked_on(word) for word in ("before the crash", "afterwards")] == [1, 2]
