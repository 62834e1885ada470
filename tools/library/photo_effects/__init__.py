"""Change how a picture or a region of it looks."""
