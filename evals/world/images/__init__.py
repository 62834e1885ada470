"""Scenes whose content is known exactly, and sentences about them."""
