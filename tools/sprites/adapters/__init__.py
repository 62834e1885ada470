"""Adapters for the small models trained on the sprite world."""
