"""What the steps of a chain came to, as its document notes it in variables that come back with the caller."""

from collections.abc import Mapping

from calls.outcomes import Outcome, read_outcome, read_refer
from swml.live import Live


def note_of(transfer_id: str, step: int) -> str:
    """The variable of a step."""
    return f"{transfer_id}_step_{step}"


def notes_before(transfer_id: str, step: int) -> dict[str, str]:
    """The variables of the steps before this one, for the platform to fill in."""
    return {name: Live(f"${{{name}}}") for name in (note_of(transfer_id, number) for number in range(1, step))}


def noted(variables: Mapping[str, object], transfer_id: str) -> tuple[tuple[int, Outcome], ...]:
    """The results that the document of a transfer noted, step by step, when the platform posts its variables back."""
    notes, prefix = [], f"{transfer_id}_step_"
    for name, value in variables.items():
        number = name.removeprefix(prefix)
        if name.startswith(prefix) and number.isdigit() and isinstance(value, str):
            outcome = _read_note(value.split())
            notes += [(int(number), outcome)] if outcome else []
    return tuple(sorted(notes))


def _read_note(words: list[str]) -> Outcome | None:
    match words:
        case ["connect", "connected", *_]:
            return Outcome.BRIDGED
        case ["connect", "failed", *why]:
            return read_outcome(" ".join(why))
        case ["refer", codes]:
            refer, _, notify = codes.partition("/")
            return read_refer(*(int(code) if code.isdigit() else None for code in (refer, notify)))
        case ["queue", *why]:
            return read_outcome(" ".join(why))
        case ["voicemail", *how]:
            return Outcome.CANCELLED if how in (["no_input"], ["failed"], ["error"]) else Outcome.MESSAGE_TAKEN
        case ["conference", result]:
            return Outcome.FAILED if result == "failed" else Outcome.HANDED_OFF
        case ["callback", *_]:
            return Outcome.CALLBACK_BOOKED
        case ["agent", *_]:
            return Outcome.HANDED_OFF
    return None
