"""Cut, change and subtitle films, and find moments in them."""
