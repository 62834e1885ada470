"""The plan language as a grammar for constrained decoding."""
