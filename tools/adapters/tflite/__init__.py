"""Adapters for TensorFlow Lite networks."""
