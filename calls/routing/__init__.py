"""Where a caller goes: a route, or a refusal."""
