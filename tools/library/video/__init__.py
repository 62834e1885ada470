"""Generate, edit and analyse video."""
