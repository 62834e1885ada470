"""Write the plan language as a grammar for constrained decoding."""
