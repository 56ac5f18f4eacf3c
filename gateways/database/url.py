"""How a database's URL is written for SQLAlchemy, which is a long import for who only wants to know that."""


def dialect_of(url: str) -> str:
    """The URL as SQLAlchemy reads it: other tools write postgres:// and mean the same."""
    for written in ("postgres://", "postgresql://"):
        if url.startswith(written):
            return "postgresql+psycopg://" + url.removeprefix(written)
    return url
