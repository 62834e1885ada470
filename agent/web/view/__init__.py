"""What the page shows of runs, turns and results."""
