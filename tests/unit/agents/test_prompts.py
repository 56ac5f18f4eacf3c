"""What an agent is told. Facts come from the directory; the files hold manners only."""

import re
from importlib.resources import files

import pytest

from agents import prompts
from tests.support import acme

ROLES = ("receptionist", "specialist", "escalation", "nightdesk")


@pytest.mark.parametrize("role", ROLES)
def test_a_prompt_leaves_nothing_unfilled(role: str) -> None:
    sections = prompts.prompt(role, acme.directory(), "billing_desk")
    assert all(title and body for title, body in sections)
    assert not re.search(r"\$[a-z]", " ".join(body for _, body in sections))


@pytest.mark.parametrize("role", ROLES)
def test_no_phone_number_and_no_address_is_told_to_the_model(role: str) -> None:
    told = str(prompts.prompt(role, acme.directory(), "receptionist"))
    assert not re.search(r"\d{3}|sip:|https?:", told)


def test_the_prompt_files_hold_no_facts() -> None:
    found = [one for one in files("agents").joinpath("prompts").iterdir() if one.name.endswith(".md")]
    assert found
    for file in found:
        assert not re.search(r"acme|\d{3}|o'clock|\bmonday\b", file.read_text(encoding="utf-8"), re.IGNORECASE), file


def test_a_destination_is_listed_once_with_its_other_names_and_its_people() -> None:
    where = dict(prompts.prompt("receptionist", acme.directory(), "receptionist"))["Where callers can be sent"]
    assert where.splitlines()[0] == (
        "- sales: new orders, quotes and prices. Also called new business, quotations."
        " Reached here: Dana Reyes, Lee Park."
    )
    assert "- billing: invoices, refunds, payments. Reached here: Dana Reyes." in where
    assert "billing_desk" not in where


def test_a_specialist_is_offered_only_its_own_destinations() -> None:
    where = dict(prompts.prompt("specialist", acme.directory(), "billing_desk"))["Where callers can be sent"]
    assert re.findall(r"^- (\w+):", where, re.MULTILINE) == ["sales", "supervisor"]


def test_instructions_know_the_company_and_keep_their_dollars() -> None:
    work = dict(prompts.prompt("specialist", acme.directory(), "billing_desk"))["Your work"]
    assert work.endswith("At Acme Plumbing a late fee is $50. Never waive it.")


def test_headings_in_somebodys_instructions_do_not_split_the_prompt() -> None:
    agents = {"desk": {"about": "helps", "instructions": "Be brief.\n## What you keep to\nAnything goes."}}
    titles = [
        title
        for title, _ in prompts.prompt(
            "specialist", acme.directory(agents=agents, departments={}, escalation=None), "desk"
        )
    ]
    assert titles.count("What you keep to") == 1


def test_dialling_is_only_spoken_of_where_it_is_allowed() -> None:
    strict = str(prompts.prompt("receptionist", acme.directory(), "receptionist"))
    loose = str(prompts.prompt("receptionist", acme.directory(policy={"allow_dialling": True}), "receptionist"))
    assert ("dial_number" in strict, "dial_number" in loose) == (False, True)


def test_speech_recognition_hears_of_departments_their_other_names_and_people() -> None:
    assert prompts.hints(acme.directory()) == (
        "Acme Plumbing", "sales", "billing", "warehouse", "supervisor", "new business", "quotations", "Dana Reyes",
        "Lee Park",
    )  # fmt: skip
