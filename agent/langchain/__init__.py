"""LangChain in both directions: our tools as its tools, and its tools in plans."""
