"""Change how loud, long, fast and high a sound is, and mix sounds."""
