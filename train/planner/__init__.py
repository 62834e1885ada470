"""Training of the planner: synthetic data, then fine-tuning."""
