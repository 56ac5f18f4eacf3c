"""Calls without a telephone network: in the terminal, from scenarios and in pytest."""
