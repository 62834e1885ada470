"""One recipe for each small model, and what they share."""
