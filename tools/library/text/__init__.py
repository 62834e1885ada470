"""Read and write text."""
