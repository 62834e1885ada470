"""Adapters of TensorFlow Lite networks."""
