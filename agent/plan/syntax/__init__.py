"""Parse and format plans: tree, parser and formatter."""
