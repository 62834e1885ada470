"""Make, change and search video."""
