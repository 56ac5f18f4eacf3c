"""The requests of the platform."""
