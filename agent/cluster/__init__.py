"""Run the tools of a profile on a Ray cluster, each model as a deployment of Ray Serve."""
