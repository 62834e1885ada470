"""Record runs: events, journal, artifacts, outcome and usage."""
