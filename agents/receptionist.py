"""The receptionist: answers, finds out what the caller needs, puts them through."""

from agents import attendant


class Receptionist(attendant.Attendant):
    """Answers a line that has no agent of its own."""

    known_as = "receptionist"
    prompt_file = "receptionist"
