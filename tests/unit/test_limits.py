"""What a flood may spend: pure limits of a call, and budgets of an hour on SQLite and PostgreSQL."""

from datetime import timedelta

from calls.numbers import Number
from calls.policy import Asked, budgets, no_callback, no_message
from gateways.records import Records
from tests.kept import CALLER, LINE, NOON
from tests.queues import shop

POLICY = shop().policy
OWN, OTHER = Number(CALLER), Number("+12025550188")


def test_a_call_books_three_callbacks_one_of_them_to_another_number() -> None:
    assert no_callback(OTHER, Asked(2, 0), POLICY, OWN) is None
    assert no_callback(OWN, Asked(2, 1), POLICY, OWN) is None
    assert "a number that the caller does not ring from" in str(no_callback(OTHER, Asked(1, 1), POLICY, OWN))
    assert "As many callbacks" in str(no_callback(OWN, Asked(3, 0), POLICY, OWN))
    assert no_callback(OTHER, Asked(0, 0), POLICY, None) is None  # a withheld number


def test_a_call_leaves_five_messages() -> None:
    assert no_message(Asked(messages=4), POLICY) is None
    assert "As many messages" in str(no_message(Asked(messages=5), POLICY))


def test_withheld_numbers_share_a_budget_and_each_line_has_one() -> None:
    mine = budgets("texts", POLICY, OWN, LINE)
    assert [one.whose for one in mine] == [f"caller {CALLER}", f"line {LINE}"]
    assert [one.whose for one in budgets("texts", POLICY, None, LINE)] == ["caller ", f"line {LINE}"]
    assert [one.limit for one in mine] == [POLICY.texts_per_caller_per_hour, POLICY.texts_per_line_per_hour]


def test_a_budget_is_spent_once_told_once_and_new_in_the_next_hour(records: Records) -> None:
    tight = shop(policy={"regions": ["US"], "dials_per_caller_per_hour": 2, "dials_per_line_per_hour": 3}).policy

    def spends(caller: str | None, at: float = 0) -> str:
        over = records.spend("", budgets("dials", tight, caller, LINE), NOON + timedelta(minutes=at))
        return f"{over.budget.whose} {over.first}" if over else ""

    assert [spends(None), spends(None), spends(None), spends(None, 5)] == ["", "", "caller  True", "caller  False"]
    assert spends(CALLER) == ""  # what was refused has cost the line nothing
    assert spends("+12025550179") == f"line {LINE} True"  # whatever number a caller shows
    assert spends(None, 60) == ""
    assert records.spend("other", budgets("dials", tight, None, LINE), NOON) is None
