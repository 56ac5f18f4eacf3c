"""The documents that the platform runs: SWML made from a decision."""
