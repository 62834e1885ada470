"""Networks of the joint models: encoders, connectors and language model."""
