"""Short synthetic videos with exact ground truth."""
