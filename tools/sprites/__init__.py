"""Everything that knows the sprite world."""
