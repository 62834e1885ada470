"""A run as a graph of LangGraph, with a checkpoint after each node."""
