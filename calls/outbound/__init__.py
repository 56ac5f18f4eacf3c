"""Calls that we place, and when we may."""
