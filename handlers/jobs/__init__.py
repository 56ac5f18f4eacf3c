"""What the worker does with each order, and on its own."""
