"""The platform's REST side."""
