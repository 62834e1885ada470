"""Models that run elsewhere, behind HTTP services compatible with OpenAI's API."""
