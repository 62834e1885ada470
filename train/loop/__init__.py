"""The training loop, recipes' base class, processes and optimizers."""
