"""Recognise, generate and edit audio."""
