"""Adapters of the small models that were trained on the sprite world."""
