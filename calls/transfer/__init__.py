"""One transfer: its table, its rules, and the orders that follow."""
