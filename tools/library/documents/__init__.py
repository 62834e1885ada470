"""Read documents, and write tables as text."""
