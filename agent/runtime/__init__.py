"""Run requests: agent, graph, command executor and retry rules."""
