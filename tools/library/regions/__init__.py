"""Name, count and choose places in images."""
