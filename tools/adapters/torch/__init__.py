"""Adapters of other networks in PyTorch."""
