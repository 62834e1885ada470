"""Recipes that make the small models which ship with Batuta."""
