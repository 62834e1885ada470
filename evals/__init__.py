"""Evaluation: suites, scorers, benchmarks, and the sprite world with exact ground truth."""
