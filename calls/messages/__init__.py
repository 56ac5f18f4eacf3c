"""What callers leave for a department, and who is notified of it."""
