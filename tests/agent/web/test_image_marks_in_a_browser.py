"""The chat by microphone, camera, drawing, keyboard, ear and phone: a real server and Chromium."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.agent.web.browser import Visitor, picture
from tests.agent.web.conftest import Enter

pytestmark = pytest.mark.browser
HEARD = {"permissions": ["microphone"]}
SEEN = {"permissions": ["camera"]}
PHONE = {"viewport": {"width": 375, "height": 720}, "has_touch": True, "is_mobile": True}

FOCUS = """() => {
  const at = document.activeElement;
  const {left, right} = at.getBoundingClientRect();
  const name = at.getAttribute("aria-label") || at.placeholder || at.innerText;
  const marked = at.matches("#request textarea") || getComputedStyle(at).outlineStyle === "solid";
  return {
    name: at === document.body ? "" : name.trim(),
    visible: marked && left >= 0 && right <= innerWidth,
  };
}"""
"""What has the focus, and whether one sees that."""


def test_what_the_microphone_hears_goes_with_the_request(enter: Enter) -> None:
    visitor = enter(**HEARD)
    visitor.press("Record audio")
    visitor.press("Start recording")
    expect(visitor.page.locator("#request")).to_contain_text(re.compile("0:0[1-9]"))
    visitor.press("Stop recording")
    visitor.press("Attach audio")

    expect(visitor.page.locator("#tray .b-chips")).to_contain_text("audio1")
    expect(visitor.page.locator("#tray")).to_contain_text("use what you say as the request")
    visitor.ask("The first second")

    sound = visitor.answer.locator("audio")
    sound.evaluate("sound => sound.duration || new Promise(go => sound.onloadedmetadata = go)")
    assert sound.evaluate("sound => sound.duration") == 1


def test_the_camera_takes_a_picture_that_is_asked_about(enter: Enter) -> None:
    visitor = enter(**SEEN)
    visitor.page.get_by_role("button", name="Camera").click()
    visitor.page.get_by_text("Click to Access Webcam").click()
    visitor.page.wait_for_function("document.querySelector('#camera video').videoWidth > 0")
    visitor.press("capture photo")

    expect(visitor.page.locator("#tray .b-chips")).to_contain_text("image1")
    visitor.ask("How red is this?")

    expect(visitor.answer).to_contain_text("It is 0 of 255.")
    ((red, green, blue),) = pixels(visitor.page.locator("#log .b-request img"), (5, 5))
    assert green > 100 > max(red, blue)  # Chromium's own camera films something green


def test_a_camera_that_cannot_be_used_is_told_in_a_sentence(enter: Enter) -> None:
    visitor = enter(**SEEN)
    expect(visitor.page.locator(".b-examples")).to_be_visible()

    visitor.page.evaluate("""() => navigator.mediaDevices
        .getUserMedia({ video: { deviceId: { exact: "there is none such" } } }).catch(() => {})""")

    told = visitor.page.locator("#tray [role=alert]")
    expect(told).to_contain_text("The camera could not be used: allow it in the browser")


def test_clicks_painting_and_a_box_by_keyboard_become_regions(enter: Enter, tmp_path: Path) -> None:
    visitor = enter()
    visitor.attach(picture(tmp_path / "photo.png"))

    visitor.begin_mark("Point")
    visitor.draw((40, 30))
    visitor.draw((200, 120))
    visitor.press("Use this mark")
    visitor.begin_mark("Paint")
    visitor.draw((30, 20), (90, 20))
    visitor.draw((30, 100), (90, 100))
    visitor.press("Use this mark")
    visitor.begin_mark("Box")
    keyboard = visitor.page.keyboard
    for key in ("Enter", *5 * ["ArrowRight"], *5 * ["ArrowDown"], "Enter", "Tab", "Enter"):
        keyboard.press(key)

    expect(visitor.page.locator("#tray .b-chips")).to_contain_text(
        re.compile(r"region1 2 marked points.*region2 a painted part.*region3 a marked box", re.S)
    )
    visitor.ask("What did I mark?")
    expect(visitor.answer).to_contain_text("(40, 30), (200, 120);")
    told = visitor.page.locator("#log .b-request img").evaluate_all(
        "all => all.map((one) => one.alt)"
    )
    assert told == [
        "image1, photo.png",
        "2 marked points in image1",
        "a painted part in image1",
        "a marked box in image1",
    ]
    expect(visitor.answer).to_contain_text("marked in image1 of 40 × 40 pixels")
    assert pixels(visitor.answer.locator("img"), (60, 20), (60, 100), (60, 60)) == [
        [255, 255, 255],
        [255, 255, 255],
        [0, 0, 0],
    ]


def pixels(image: Locator, *places: tuple[int, int]) -> list[list[int]]:
    """The colours of a picture on the page at these places."""
    look = """(image, places) => image.decode().then(() => {
      const pen = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
      pen.drawImage(image, 0, 0);
      return places.map(([x, y]) => [...pen.getImageData(x, y, 1, 1).data].slice(0, 3));
    })"""
    return image.evaluate(look, places)


def test_a_first_request_and_its_answer_need_only_the_keyboard(enter: Enter) -> None:
    visitor = enter()
    keyboard = visitor.page.keyboard
    expect(visitor.page.locator("#request textarea")).to_be_focused()

    keyboard.type("Two words")
    keyboard.press("Enter")
    expect(visitor.answer).to_contain_text("left and right")
    passed = tab_round(visitor)

    assert [name for name, seen in passed if not seen] == []
    assert [name for name, _ in passed] == [
        "Record audio",
        "Submit",
        "Camera",
        "Conversations",
        "Origin, models, cost and choices",
        "Change",
        "Done: 2 steps",
        "A good answer",
        "Not a good answer",
        "Read aloud",
        "Upload a file",
        "Say what you want",
    ]


def tab_round(visitor: Visitor) -> list[tuple[str, bool]]:
    """The name of everything that Tab comes to until it is back, and whether one sees where."""
    passed: list[tuple[str, bool]] = []
    while len(passed) < 60 and (not passed or passed[-1][0] != "Say what you want"):
        visitor.page.keyboard.press("Tab")
        at = visitor.page.evaluate(FOCUS)
        if at["name"]:  # else it is the browser's own
            passed.append((re.sub(r", [\d.]+ s$|\s\W$", "", at["name"]), at["visible"]))
    return passed


def test_every_control_has_a_name_and_every_picture_words(enter: Enter, tmp_path: Path) -> None:
    visitor = enter()
    visitor.attach(picture(tmp_path / "holiday.png"))
    visitor.ask("How red is this?")
    expect(visitor.answer).to_contain_text("It is 200 of 255.")
    visitor.attach(picture(tmp_path / "second.png"))
    expect(visitor.page.locator("#tray .b-chips")).to_contain_text("second.png")
    for panel in ("Conversations", "Origin, models, cost and choices"):
        visitor.press(panel)
    visitor.unfold("Change")
    visitor.unfold("Done")
    for line in visitor.lines.all():
        line.locator("summary").click()

    heard = visitor.page.locator("body").aria_snapshot()

    controls = "button|link|textbox|combobox|checkbox|radio|meter|progressbar"
    assert re.findall(rf"- (?:{controls})(?! \").*", heard) == []
    assert len(re.findall(rf"- (?:{controls}) \"", heard)) > 25
    told = visitor.page.locator("#log img").evaluate_all("all => all.map((one) => one.alt)")
    assert told == ["image1, holiday.png"]


def test_a_phone_never_scrolls_sideways(enter: Enter, tmp_path: Path) -> None:
    visitor = enter(**PHONE)
    expect(visitor.page.locator(".b-examples")).to_be_visible()
    wide = [too_wide(visitor)]

    visitor.attach(picture(tmp_path / f"{'a-very-long-name' * 4}.png"))
    visitor.begin_mark("Box")
    wide.append(too_wide(visitor))
    visitor.press("Cancel")
    visitor.ask("How red is this? " + "Unbrokenwords" * 20)
    expect(visitor.answer).to_contain_text("It is 200 of 255.")
    visitor.unfold("Done")
    visitor.lines.first.locator("summary").click()
    wide.append(too_wide(visitor))
    visitor.press("How image1 was made")
    expect(visitor.page.locator("#side svg")).to_be_in_viewport()
    wide.append(too_wide(visitor))

    assert wide == [0, 0, 0, 0]


def too_wide(visitor: Visitor) -> int:
    """How many pixels the page could be scrolled sideways, or a dialog sticks out."""
    return visitor.page.evaluate("""() => {
      const page = document.scrollingElement;
      const edge = document.querySelector("dialog")?.getBoundingClientRect().right || 0;
      return Math.max(0, page.scrollWidth - page.clientWidth, Math.round(edge) - page.clientWidth);
    }""")
