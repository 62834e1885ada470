"""Generated documentation and reports."""
