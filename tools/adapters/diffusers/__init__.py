"""Adapters for diffusers pipelines."""
