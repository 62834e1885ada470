"""Hear, speak, and make and change audio."""
