"""The tools that agents call, each a function of its own name."""
