"""What is on record of each one who was tried: nothing open that can no longer be going on, and nothing guessed."""

from dataclasses import replace

from calls.events import ConnectFailed, Disconnected, LegEnded, LegProgressed, MessageLeft, Queued
from calls.legs.attempts import PlannedLeg
from calls.outcomes import Outcome
from calls.transfer.machine import Transfer, step
from tests.unit.calls.transfer.test_machine import NOON, after, sales


def told(transfer: Transfer) -> list[tuple[str, Outcome | None]]:
    return [(one.person or one.to, one.outcome) for one in transfer.attempts]


def test_a_message_after_the_queue_says_that_nobody_came_to_the_queue() -> None:
    chain = replace(sales(), plan=(PlannedLeg(1, 0, "queue:sales"), PlannedLeg(2, 0, "voicemail")))
    for event in (Queued(1, 1), MessageLeft(2, "https://files.example/1.wav", 3.0)):
        chain, _ = step(chain, event, NOON)
    assert told(chain) == [("queue:sales", Outcome.TIMEOUT), ("voicemail", Outcome.MESSAGE_TAKEN)]


def test_a_ring_whose_end_was_never_told_is_not_called_a_timeout() -> None:
    assert told(after(LegProgressed(1, 0, "ringing"), MessageLeft(3, "", 1.0)))[0] == ("dana", None)


def test_of_two_open_legs_the_end_of_the_bridge_does_not_say_which_one_it_was() -> None:
    chain = replace(
        sales(), plan=(PlannedLeg(1, 0, "+12025550111", "dana"), PlannedLeg(1, 1, "sip:lee@a.example", "lee"))
    )
    rung = (LegProgressed(1, 0, "ringing"), LegProgressed(1, 1, "ringing"), Disconnected(1))
    late = (LegEnded(1, 0, Outcome.NO_ANSWER), LegEnded(1, 1, Outcome.BRIDGED))
    for event in (*rung, *late):
        chain, _ = step(chain, event, NOON)
    assert told(chain) == [("dana", Outcome.NO_ANSWER), ("lee", Outcome.BRIDGED)]
    assert chain.outcome is Outcome.BRIDGED


def test_of_two_open_legs_both_have_failed_when_the_step_has() -> None:
    chain = replace(
        sales(), plan=(PlannedLeg(1, 0, "+12025550111", "dana"), PlannedLeg(1, 1, "sip:lee@a.example", "lee"))
    )
    chain, _ = step(chain, ConnectFailed(1, Outcome.BUSY), NOON)
    assert told(chain) == [("dana", Outcome.BUSY), ("lee", Outcome.BUSY)]
