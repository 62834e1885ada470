"""Run a checked plan as dataflow."""
