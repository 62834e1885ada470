"""Runs of clients, and the routes for runs, artifacts, plans and tools."""
