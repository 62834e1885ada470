"""The Python API: run requests from a program or a notebook."""
