"""Adapters: one a library and kind of model, shared by every checkpoint of that kind."""
