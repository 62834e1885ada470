"""Adapters for other networks in PyTorch."""
