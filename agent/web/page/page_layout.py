"""The page's widgets, their layout and their event handlers.

Import it only when a server starts: it imports Gradio. Ids for tests, styles and scripts:

    #log             the conversation               #request    text, files, microphone
    #tray            files, marks, progress         #camera     an image from the camera
    #side            origin, models, cost           #stop       stops the current run
    #conversations   the list of conversations      #new        a new conversation
    #profile         which models                   #ask-first  review plans before they run
    #language-model  which conductor                #speak      read answers aloud
    #left, #right    the sidebars

In #log, #tray, #side and #conversations a button's `data-do` names an action of the server
(agent/web/page/actions.py), and its `data-local` one of the page itself (static/page.js).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.themes import Base, Font

from agent.web.gradio_queue import GradioQueue
from agent.web.page.page import Page
from tools.home import make_private

_STATIC = Path(__file__).parents[1] / "static"
_ATTACH = "window.batuta.attach(element, props, (data) => trigger('act', data), watch)"
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "DejaVu Sans Mono", "monospace")
_MAX_OPEN_PAGES = 1_000
_ROLE_ATTRIBUTES = {"log": 'role="log" aria-label="Conversation" aria-live="off"'}
_EVENT_OPTIONS: dict[str, Any] = {
    "show_progress": "hidden",
    # An open page streams forever and must not block the others.
    "concurrency_limit": None,
    "api_visibility": "private",
}


def mount(app: FastAPI, page: Page, upload_folder: Path) -> GradioQueue:
    """Mount the page at the application's root and return its message queue."""
    make_private(upload_folder)
    # Gradio reads it only from here; its default is a folder in /tmp that other users can create.
    os.environ["GRADIO_TEMP_DIR"] = str(upload_folder.resolve())
    # Gradio summarizes all its events after each one, for a page that is switched off below.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
    script = "\n".join(_read(name) for name in ("page.js", "marks.js"))
    blocks = build_page(page)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=Base(
            primary_hue="teal",
            neutral_hue="stone",
            font=[Font(name) for name in _SANS],
            font_mono=[Font(name) for name in _MONO],
        ),
        css=_read("page.css"),
        head=f"<script>{script}</script>",
        max_file_size=page.chat.limits.uploads.per_file.file_bytes,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
    )
    return GradioQueue(blocks)


@dataclass(frozen=True)
class Widgets:
    """The widgets that events read and update."""

    log: gr.HTML
    tray: gr.HTML
    side: gr.HTML
    conversations: gr.HTML
    new: gr.Button
    request: gr.MultimodalTextbox
    camera: gr.Image
    profile: gr.Dropdown
    language_model: gr.Dropdown
    ask_first: gr.Checkbox
    speak: gr.Checkbox

    @property
    def live(self) -> list[gr.HTML]:
        """The parts that the stream updates."""
        return [self.log, self.tray, self.side, self.conversations]

    @property
    def choosers(self) -> dict[str, Any]:
        return {
            "profile": self.profile,
            "language_model": self.language_model,
            "ask_first": self.ask_first,
            "speak": self.speak,
        }


def build_page(page: Page) -> gr.Blocks:
    """Build the page and connect its events."""
    # Gradio's copies of uploads must live until their request is sent.
    with gr.Blocks(title="Batuta", analytics_enabled=False, delete_cache=(3600, 7200)) as blocks:
        # Every open page occupies one thread: Gradio's default of 40 would limit the open pages.
        blocks.max_threads = _MAX_OPEN_PAGES
        blocks.queue(default_concurrency_limit=None)
        widgets = _create_widgets()
        _connect_display(page, blocks, widgets)
        _connect_requests(page, widgets)
    return blocks


def _create_widgets() -> Widgets:
    with gr.Sidebar(open=False, width=290, elem_id="left"):
        gr.HTML('<h1 class="b-title">Batuta</h1>', js_on_load=None, apply_default_css=False)
        new = gr.Button("New conversation", elem_id="new", size="md")
        conversations = _live("conversations")
    with gr.Sidebar(open=False, position="right", width=330, elem_id="right"):
        side = _live("side")
        profile = gr.Dropdown(label="Profile: which models", elem_id="profile")
        language_model = gr.Dropdown(label="Language model", elem_id="language-model")
        ask_first = gr.Checkbox(label="Ask me before a plan runs", elem_id="ask-first")
        speak = gr.Checkbox(label="Read answers aloud", elem_id="speak")
    with gr.Column(elem_id="main"):
        log = _live("log")
        with gr.Column(elem_id="foot"):
            tray = _live("tray")
            request = gr.MultimodalTextbox(
                elem_id="request",
                label="Your request",
                show_label=False,
                placeholder="Say what you want",
                sources=["upload", "microphone"],
                file_count="multiple",
                max_plain_text_length=4_000,
                autofocus=True,
                max_lines=8,
            )
            with gr.Accordion("Camera", open=False, elem_id="camera-fold"):
                camera = gr.Image(
                    sources=["webcam"],
                    type="filepath",
                    elem_id="camera",
                    label="A picture from the camera",
                    show_label=False,
                    height=260,
                )
    return Widgets(
        log,
        tray,
        side,
        conversations,
        new,
        request,
        camera,
        profile,
        language_model,
        ask_first,
        speak,
    )


def _live(role: str) -> gr.HTML:
    """Create a part that the server updates block by block (static/page.js)."""
    attributes = _ROLE_ATTRIBUTES.get(role, "")
    return gr.HTML(
        [],
        html_template=f'<div class="batuta" data-role="{role}" {attributes}></div>',
        js_on_load=_ATTACH,
        elem_id=role,
        apply_default_css=False,
    )


def _connect_display(page: Page, blocks: gr.Blocks, widgets: Widgets) -> None:
    async def stream(event: gr.Request) -> Any:
        async for parts in page.stream(event):
            yield parts

    async def show_choices(event: gr.Request) -> Any:
        choices, offer = await page.choices(event)
        return (
            gr.Dropdown(choices=list(offer.profiles), value=choices.profile),
            gr.Dropdown(choices=list(offer.language_models), value=choices.language_model),
            choices.ask_first,
            choices.speak,
        )

    def choice_handler(name: str) -> Any:
        async def choose(value: Any, event: gr.Request) -> Any:
            await page.choose(event, **{name: value})
            return await show_choices(event)

        return choose

    def close_tab(event: gr.Request) -> None:
        page.close_tab(event)

    choosers = list(widgets.choosers.values())
    blocks.load(show_choices, None, choosers, **_EVENT_OPTIONS)
    blocks.load(stream, None, widgets.live, **_EVENT_OPTIONS)
    blocks.unload(close_tab)
    for name, chooser in widgets.choosers.items():
        chooser.input(
            choice_handler(name), chooser, choosers, trigger_mode="always_last", **_EVENT_OPTIONS
        )


def _connect_requests(page: Page, widgets: Widgets) -> None:
    async def ask(value: dict[str, Any], image: dict[str, Any] | None, event: gr.Request) -> Any:
        if await page.ask(event, value["text"], _files(value, image)):
            return {"text": "", "files": []}, None
        return gr.skip(), gr.skip()

    async def attach(
        value: dict[str, Any], image: dict[str, Any] | None, event: gr.Request
    ) -> None:
        await page.attach(event, _files(value, image))

    async def on_action(data: gr.EventData, event: gr.Request) -> None:
        await page.dispatch(event, data._data)  # pyright: ignore[reportPrivateUsage]

    async def start_conversation(event: gr.Request) -> None:
        await page.dispatch(event, {"do": "new"})

    inputs = [widgets.request, widgets.camera]
    # No preprocessing: Gradio would decode the camera's image in this process.
    widgets.request.submit(ask, inputs, inputs, preprocess=False, **_EVENT_OPTIONS)
    for source in inputs:
        source.change(
            attach, inputs, None, preprocess=False, trigger_mode="always_last", **_EVENT_OPTIONS
        )
    for part in widgets.live:
        part.act(on_action, None, None, trigger_mode="multiple", **_EVENT_OPTIONS)
    widgets.new.click(start_conversation, None, None, **_EVENT_OPTIONS)


def _files(value: dict[str, Any], image: dict[str, Any] | None) -> list[str]:
    """Return the paths of the uploads, which agent/web/access/gradio_gate.py filled in."""
    return [file["path"] for file in [*value["files"], *([image] if image else [])]]


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")
