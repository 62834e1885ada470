"""Names of profiles that have a meaning of their own."""

AUTO = "auto"
"""The name that stands for the profile that fits this machine."""
OFFLINE = "offline"
"""The profile that needs no model hub."""
