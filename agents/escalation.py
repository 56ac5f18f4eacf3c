"""Escalation: looks after callers who want a human who can decide."""

from agents import attendant


class Escalation(attendant.Attendant):
    """Gets a person for the caller, with everything the caller has already said."""

    known_as = "escalation"
    prompt_file = "escalation"
