"""Run a request: the agent, its graph, the executor of commands and the retry rules."""
