"""Compare plans by their dataflow."""
