"""Notes: synthesis, decoding and tables."""
