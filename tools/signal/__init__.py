"""Algorithms without a model, on images, audio, video and text."""
