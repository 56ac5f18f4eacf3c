"""A specialist: an agent declared in the directory file, with its own instructions."""

from agents import attendant


class Specialist(attendant.Attendant):
    """Does one thing that the directory describes, and sends callers on for the rest."""

    prompt_file = "specialist"
