"""One phone that we ring, as a value."""
