"""Architectures II and III: language models that read and write media.

There is no plan. The model reads the conversation with its images, videos and audio, and answers
with text and, where it decides to, signal tokens. The hidden states at these condition a generator
in place of its text encoder; in Architecture III, codes of an image follow instead.
"""
