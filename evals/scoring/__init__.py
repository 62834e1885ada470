"""Score attempts and models, and compare runs."""
