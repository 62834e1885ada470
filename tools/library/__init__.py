"""One file a tool. A file here is found by itself; nothing else needs to be told."""
