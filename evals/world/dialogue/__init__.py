"""Dialogues about media of the sprite world."""
