"""Pages for people, and the interface for other programs."""
