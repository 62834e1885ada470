"""The Model Context Protocol: Batuta as a server of tools, and tools of other servers."""
