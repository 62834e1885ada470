"""Create, count, choose and draw image regions."""
