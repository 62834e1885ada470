"""Adapters: one class per library and model family, for all its checkpoints."""
