"""Find, add and fetch models from the command line."""
