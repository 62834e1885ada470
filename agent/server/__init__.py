"""The HTTP API: runs, plans, tools, artifacts, and the virtual model of OpenAI clients."""
