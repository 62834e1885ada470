"""The built-in tools, one file per tool; every module below is discovered automatically."""
