"""Directory files on disk, and their versions on record."""
