"""The chat in the browser: the event stream of runs as a page of Gradio."""
