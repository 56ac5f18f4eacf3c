"""Orders that outlive a request, and the worker that carries them out."""
