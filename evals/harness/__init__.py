"""Run the agent on samples and record its attempts."""
