"""Published benchmarks: their files, questions and scores."""
