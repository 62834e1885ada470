"""The syntax of plans: tree, parser and formatter."""
