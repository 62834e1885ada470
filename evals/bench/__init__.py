"""Benchmarks of latency, memory and throughput."""
