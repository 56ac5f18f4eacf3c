"""SWML documents: read, checked and run."""
