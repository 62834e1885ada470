"""Check the names, types and limits of a plan before it runs."""
