"""The platform's REST interface."""
