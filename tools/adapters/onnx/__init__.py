"""Adapters of ONNX networks."""
