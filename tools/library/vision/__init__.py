"""Image understanding: detect, segment, classify, describe and compare."""
