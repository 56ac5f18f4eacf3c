"""Commands for going live."""
