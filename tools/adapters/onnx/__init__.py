"""Adapters for ONNX networks."""
