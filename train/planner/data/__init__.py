"""Requests with plans that the planner is trained on."""
