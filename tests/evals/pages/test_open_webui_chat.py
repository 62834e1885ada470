"""Open WebUI, from its package, in Chromium with Batuta as its model."""

from __future__ import annotations

from pathlib import Path

import PIL.Image
import pytest

from evals.pages.open_webui_chat import SIZE, batuta_and_webui, record, webui_settings
from tests.requirements import require_environment, require_program

PLANS = """\
when: Cut out the cup
cup = crop(image1, box(25, 10, 75, 90))
say("Here: {cup}")
---
when: Turn it grey
grey = grayscale(cup)
say("In grey: {grey}")
"""


def test_the_only_connection_is_batuta(tmp_path: Path) -> None:
    settings = webui_settings("http://127.0.0.1:7861", tmp_path)

    addresses = {name: value for name, value in settings.items() if "://" in value}
    assert addresses == {"OPENAI_API_BASE_URL": "http://127.0.0.1:7861/v1"}
    assert settings["DATA_DIR"] == str(tmp_path)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_picture_is_uploaded_and_a_result_is_named_in_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playwright.async_api import async_playwright

    open_webui = require_environment("webui", "open-webui")
    chromium = require_program("chromium")
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path / "home"))
    script, folder = tmp_path / "plans", tmp_path / "servers"
    script.write_text(PLANS)
    folder.mkdir()
    screenshot = tmp_path / "page.png"

    with batuta_and_webui(open_webui, folder, ["--llm", f"scripted:{script}"]) as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            cup, grey = await record(browser, url, screenshot)
            await browser.close()

    assert "Here:" in cup.text
    assert "In grey:" in grey.text
    assert (cup.pictures, grey.pictures) == (1, 1)
    with PIL.Image.open(screenshot) as image:
        assert image.size == SIZE
