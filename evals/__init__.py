"""What measures Batuta: tasks, scorers, benchmarks, and the sprite world with its exact truth."""
