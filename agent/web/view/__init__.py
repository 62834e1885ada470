"""Views of runs, turns and results, rendered as HTML."""
