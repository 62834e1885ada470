"""Adapters of diffusers pipelines."""
