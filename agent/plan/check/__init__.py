"""Check a plan before it runs: names, types and limits."""
