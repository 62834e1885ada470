"""Run checked plans as dataflow."""
