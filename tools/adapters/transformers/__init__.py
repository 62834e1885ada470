"""Adapters of transformers checkpoints."""
