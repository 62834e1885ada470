"""Benchmarks of latency, memory and throughput, and the fuzz run."""
