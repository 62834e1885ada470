"""Plan requests, run plans and answer: the agent, its command line and its web chat."""
