"""Code and weights that are specific to the sprite world."""
