"""The night desk: answers when the office is closed."""

from agents import attendant


class NightDesk(attendant.Attendant):
    """Sees to it that a call at night is not lost: a message, a call back, or a place that is open after all."""

    known_as = "nightdesk"
    prompt_file = "nightdesk"
