"""Placeholder."""

SHAPES = {}
HELD_SHAPES = {}
