"""From a request to a checked plan: prompts, examples and language models."""
