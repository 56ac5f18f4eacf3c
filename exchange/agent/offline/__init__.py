"""The offline receptionist: a small dialogue that reads a document's prompt and functions, and knows no application."""
