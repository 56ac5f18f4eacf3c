"""Queue entries, offers and callbacks on record."""
