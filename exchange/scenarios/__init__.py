"""Scenario files: read, carried out and judged."""
