"""The training loop, the base class of recipes, processes and optimizers."""
