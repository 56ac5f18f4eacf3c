"""What a flood may spend: pure limits of a call, and budgets of an hour on SQLite and PostgreSQL."""

from datetime import timedelta

from calls.numbers import Number
from calls.routing.policy import Asked, budgets, no_callback, no_message
from gateways.records.records import Records
from tests.support.kept import CALLER, LINE, NOON
from tests.support.queues import shop

POLICY = shop().policy
OWN, OTHER = Number(CALLER), Number("+12025550188")


def test_a_call_books_three_callbacks_one_of_them_to_another_number() -> None:
    mine, other = ("sales", OWN.e164), ("sales", OTHER.e164)

    def refusal(number: Number, *booked: tuple[str, str], own: Number | None = OWN) -> str:
        return str(no_callback("support", number, Asked(frozenset(booked)), POLICY, own))

    assert refusal(OTHER, mine) == "None"
    assert refusal(OWN, mine, other) == "None"
    assert "a number that the caller does not ring from" in refusal(OTHER, other)
    three = (mine, other, ("support", OWN.e164))
    assert "As many callbacks" in str(no_callback("billing", OWN, Asked(frozenset(three)), POLICY, OWN))
    assert refusal(OWN, *three) == "None"  # it is booked, and may be moved
    assert refusal(OTHER, own=None) == "None"  # a withheld number


def test_a_call_leaves_five_messages() -> None:
    assert no_message(Asked(messages=4), POLICY) is None
    assert "As many messages" in str(no_message(Asked(messages=5), POLICY))


def test_withheld_numbers_share_a_budget_and_each_line_has_one() -> None:
    mine = budgets("texts", POLICY, OWN, LINE)
    assert [one.whose for one in mine] == [f"caller {CALLER}", f"line {LINE}"]
    assert [one.whose for one in budgets("texts", POLICY, None, LINE)] == ["caller ", f"line {LINE}"]
    assert [one.whose for one in budgets("dials", POLICY, OWN, LINE, plain=True)] == [f"line {LINE}"]
    assert [one.limit for one in mine] == [POLICY.texts_per_caller_per_hour, POLICY.texts_per_line_per_hour]


def test_a_budget_is_of_the_last_sixty_minutes_and_told_once(records: Records) -> None:
    tight = shop(policy={"regions": ["US"], "dials_per_caller_per_hour": 2, "dials_per_line_per_hour": 3}).policy

    def spends(caller: str | None, at: float = 0) -> str:
        over = records.spend("", budgets("dials", tight, caller, LINE), NOON + timedelta(minutes=at))
        return f"{over.budget.whose} {over.first}" if over else ""

    assert [spends(None), spends(None), spends(None), spends(None, 5)] == ["", "", "caller  True", "caller  False"]
    assert spends(CALLER) == ""  # what was refused has cost the line nothing
    assert spends("+12025550179") == f"line {LINE} True"  # whatever number a caller shows
    assert spends(None, 59) == "caller  False"  # a flood from 10:59 to 11:01 is one
    assert spends(None, 60) == ""
    assert records.spend("other", budgets("dials", tight, None, LINE), NOON) is None
