"""Adapters for transformers checkpoints."""
