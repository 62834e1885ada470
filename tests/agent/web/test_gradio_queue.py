"""What Gradio keeps of a page goes when the page is closed."""

import gradio as gr
import pytest
from gradio.routes import App

from agent.web.gradio_queue import GradioQueue

pytestmark = pytest.mark.filterwarnings("default")


async def test_nothing_is_kept_of_a_closed_page() -> None:
    with gr.Blocks() as blocks:
        gr.Textbox()
    blocks.queue()
    App.create_app(blocks)
    queue = GradioQueue(blocks)
    states = blocks.state_holder
    _ = states["closed"], states["open"]

    queue.delete("closed")
    queue.delete("closed")  # it may be closed twice

    assert list(states.session_data) == list(states.time_last_used) == ["open"]
