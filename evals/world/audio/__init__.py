"""Synthetic sounds with exact ground truth."""
