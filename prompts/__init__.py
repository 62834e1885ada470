"""Everything a language model reads, as files."""
