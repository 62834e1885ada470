"""Make and change images."""
