"""Models: cards, profiles and routing; residency and download below."""
