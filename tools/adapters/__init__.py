"""Adapters: one for each library and model family, shared by all its checkpoints."""
