"""Decoding of untrusted files in a child process with limits on memory, time and output.

The entry point is `pool.decode_isolated`. Nothing is imported here, since the child process has to
start quickly.
"""
