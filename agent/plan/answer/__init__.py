"""Values as people read them in the texts of plans."""
