"""Telephones on a page."""
