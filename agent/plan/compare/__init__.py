"""Compare plans by dataflow."""
