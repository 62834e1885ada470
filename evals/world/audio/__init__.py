"""Sounds whose content is known exactly."""
