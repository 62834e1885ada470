"""The browser chat: the event stream of runs as a Gradio page."""
