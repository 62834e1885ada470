"""The command line: one file for each group of commands, and the chat in a terminal."""
