"""Commands that list the records."""
