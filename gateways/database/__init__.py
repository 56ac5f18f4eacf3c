"""One engine a process, the same on SQLite and PostgreSQL."""
