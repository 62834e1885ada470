"""Weights from model hubs, package registries and files, checked and kept on this machine."""

from tools.sources.pull import PullItem, PullProgress, fetch, plan_pull, pull, verify

__all__ = ["PullItem", "PullProgress", "fetch", "plan_pull", "pull", "verify"]
