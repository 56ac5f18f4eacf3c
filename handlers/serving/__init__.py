"""The processes: web workers, the worker, and what they need to start and stop."""
