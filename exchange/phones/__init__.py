"""The people at the ends of the lines."""
