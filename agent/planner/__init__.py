"""Turn requests into checked plans: prompts, examples and language models."""
