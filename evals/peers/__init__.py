"""Agents of other projects, with our tools and our language model."""
