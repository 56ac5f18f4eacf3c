"""Text for a phone or a mailbox, which shows it as plain text."""

_JOINERS = "\u200c\u200d"  # which some scripts and some pictures need


def printable(text: str) -> str:
    """The text with a space for everything that cannot be seen, such as an escape or a change of direction.

    Line feeds stay.
    """
    return "".join(char if char.isprintable() or char in _JOINERS or char == "\n" else " " for char in text)
