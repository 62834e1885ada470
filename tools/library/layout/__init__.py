"""Turn, size, frame, label and arrange pictures."""
