"""The directory file as values."""
