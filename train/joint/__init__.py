"""Recipes of the joint models (Architectures II and III)."""
