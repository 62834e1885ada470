"""Algorithms for films."""
