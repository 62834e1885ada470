"""See: tools that answer about images."""
