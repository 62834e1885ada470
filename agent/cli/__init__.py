"""The command line: a file per command group, and the terminal chat."""
