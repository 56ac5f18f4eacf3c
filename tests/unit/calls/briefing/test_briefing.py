"""One briefing, told in six ways: short on the phone, complete on paper, and never with a secret in it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.briefing.briefing import Briefing, briefing_of, template_summary
from calls.briefing.conversation import redacted_turns, turns_of
from calls.legs.attempts import Attempt
from calls.numbers import Number, SipUri
from calls.outcomes import Outcome
from calls.transfer.machine import Transfer
from tests.support.directories import read

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
JANE = Briefing(
    company="Acme Plumbing",
    department="billing",
    ref="K7Q4",
    caller_number=Number("+12025550177"),
    caller_name="Jane Doe",
    person="Dana Reyes",
    reason="being charged twice",
    summary="Paid invoice 4711 in June and was charged again in July. Is upset.",
    needed="a refund of one payment",
    facts=(("order_number", "4711"), ("date_of_birth", "1985-03-12")),
    tried=("Max Stone did not answer.",),
)
ACME = read(
    {
        "company": "Acme Plumbing",
        "timezone": "America/New_York",
        "people": {
            "dana": {"name": "Dana Reyes", "phone": "+12025550111"},
            "max": {"name": "Max Stone", "phone": "+12025550113"},
        },
        "departments": {"billing_desk": {"about": "invoices", "reach": [{"ring": ["dana", "max"]}]}},
    }
)


def transfer(**known: object) -> Transfer:
    bare = Transfer(
        id="t_1", ref="K7Q4", call_id="c1", mechanism="whisper", destination="billing_desk", final=True,
        reason="being charged twice", summary="Paid twice.", agent="receptionist", started_at=NOON,
    )  # fmt: skip
    return replace(bare, **known)  # type: ignore[arg-type]


def test_a_whisper_says_who_why_what_is_needed_and_the_reference() -> None:
    assert JANE.whisper() == (
        "Acme Plumbing: a call for the billing team from Jane Doe. About being charged twice. "
        "Paid invoice 4711 in June and was charged again in July. Is upset. "
        "Needed: a refund of one payment. Reference K 7 Q 4."
    )


def test_what_is_urgent_comes_first() -> None:
    urgent = replace(JANE, urgency="high")
    assert urgent.whisper().startswith("Urgent. ")
    assert urgent.text().startswith("Urgent: ")
    assert urgent.header().startswith("ref=K7Q4; urgency=high; ")
    assert "urgen" not in replace(JANE, urgency="low").whisper().lower()


@pytest.mark.parametrize(
    ("number", "who"),
    [
        (Number("+12025550177"), "from 2 0 2, 5 5 5, 0 1 7 7."),
        (SipUri("sip:front@pbx.acme.example"), "from the phone front."),
        (None, "from a withheld number."),
    ],
)
def test_a_caller_without_a_name_is_known_by_the_number(number: Number | SipUri | None, who: str) -> None:
    assert who in replace(JANE, caller_name="", caller_number=number).whisper()


def test_a_whisper_stays_short_whatever_the_model_wrote() -> None:
    words = "and then they said that it would be seen to soon "
    talkative = replace(JANE, reason=words * 20, summary=words * 40, needed=words * 20)
    assert len(talkative.whisper().split()) < 100
    ends = replace(JANE, needed="", summary="It leaks. " + words * 10)
    assert "It leaks. Reference" in ends.whisper()  # a sentence that fits beats half of one


def test_the_briefer_knows_everything_line_by_line() -> None:
    assert JANE.prompt().splitlines() == [
        "- Caller: Jane Doe",
        "- Caller's number: +12025550177",
        "- Asks for: billing",
        "- You are calling: Dana Reyes",
        "- Urgency: normal",
        "- Reason: being charged twice",
        "- Summary: Paid invoice 4711 in June and was charged again in July. Is upset.",
        "- Needed: a refund of one payment",
        "- Reference: K 7 Q 4",
        "- Order number: 4711",
        "- Date of birth: a date of birth, left out here",
        "- Tried before: Max Stone did not answer.",
    ]


def test_the_briefer_is_given_the_conversation_without_its_secrets() -> None:
    log: list[dict[str, object]] = [
        {"role": "system", "content": "You are the receptionist."},
        {"role": "assistant", "content": "How can I help?"},
        {"role": "user", "content": "My card 4111 1111 1111 1111 was charged twice."},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": "started"},
    ]
    said = JANE.prompt(log).partition("What was said, word for word:\n")[2]
    assert said.splitlines() == [
        "- agent: How can I help?",
        "- caller: My card a card number, left out here was charged twice.",
    ]


def test_of_a_long_conversation_the_end_is_told() -> None:
    log = [{"role": "user", "content": f"sentence {n} " + "x" * 200} for n in range(200)]
    said = JANE.prompt(log)
    assert "sentence 199" in said
    assert "sentence 0 " not in said
    assert len(said) < 14_000


def test_a_secret_that_is_spread_over_turns_is_taken_out_of_each() -> None:
    turns = [
        ("agent", "Which card was it?"),
        ("caller", "Sure, four one one one"),
        ("agent", "Okay."),
        ("caller", "one one one one"),
        ("agent", "Go on."),
        ("caller", "one one one one one one one one"),
        ("agent", "Thank you. And what is your date of birth?"),
        ("caller", "March 12, 1985."),
        ("agent", "What number can we ring?"),
        ("caller", "202 555 0177"),
    ]
    assert [words for who, words in redacted_turns(turns, "card") if who == "caller"] == [
        "Sure, a card number [removed]",
        "a card number [removed]",
        "a card number [removed]",
        "a date of birth [removed].",
        "202 555 0177",
    ]


def test_a_log_that_is_not_one_is_no_conversation() -> None:
    assert (
        turns_of([{}, {"role": 7, "content": "x"}, {"role": "user"}, {"role": "user", "content": ["x"]}], "card") == ()
    )


def test_a_text_is_one_line_with_the_reference_at_its_end() -> None:
    assert JANE.text() == (
        "Acme Plumbing billing: Jane Doe +12025550177 about being charged twice. "
        "Paid invoice 4711 in June and was charged again in July. Is upset. Needed: a refund of one payment. Ref K7Q4"
    )
    long = replace(JANE, summary="word " * 300).text()
    assert len(long) <= 480
    assert long.endswith("word... Ref K7Q4")


def test_a_header_reads_name_by_name() -> None:
    assert JANE.header(limit=1000) == (
        "ref=K7Q4; caller=+12025550177; name=Jane Doe; department=billing; reason=being charged twice; "
        "needed=a refund of one payment; summary=Paid invoice 4711 in June and was charged again in July. Is upset."
    )
    accents = replace(JANE, caller_name='José "Pepe"; García', reason="50% off\r\nX-Evil: 1, ${envs.key}").header()
    assert "name=Jos%C3%A9 %22Pepe%22%3B Garc%C3%ADa; " in accents
    assert "reason=50%25 off X-Evil: 1, %24%7Benvs.key%7D; " in accents


TEXTS = st.text(max_size=120) | st.text('aé漢🙂 %;${}\r\n"', max_size=120)


@given(TEXTS, TEXTS, TEXTS, st.integers(20, 300))
def test_a_header_is_one_line_of_ascii_within_its_limit(name: str, reason: str, summary: str, limit: int) -> None:
    line = replace(JANE, caller_name=name, reason=reason, summary=summary).header(limit)
    assert len(line.encode()) <= limit
    assert all(" " <= char <= "~" for char in line)
    assert "${" not in line
    assert "%{" not in line
    for part in line.split("; "):
        assert part.partition("=")[0] in ("ref", "caller", "name", "department", "reason", "needed", "summary")
        unquote(part, errors="strict")  # no half of a character
        assert "%" not in unquote(part.replace("%25", "")).replace("%", "", part.count("%25"))


SECRETS = (
    "4111 1111 1111 1111",
    "123-45-6789",
    "DE89 3704 0044 0532 0130 00",
    "born March 12, 1985",
    "the code is 482913",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_way_of_telling_it_tells_a_secret(secret: str) -> None:
    words = f"well, {secret}"
    all_of_it = Briefing(
        "Acme", "billing", "K7Q4", Number("+12025550177"), words, "Dana Reyes", words, words, words, words,
        facts=(("note", words),), tried=(f'Max declined and said: "{words}".',),
    )  # fmt: skip
    event, card = json.dumps(all_of_it.event()), json.dumps(all_of_it.card())
    spoken = all_of_it.whisper() + all_of_it.prompt([{"role": "user", "content": words}])
    for told in (spoken, all_of_it.text(), all_of_it.header(4000), event, card):
        for piece in ("1111", "6789", "3704", "1985", "482913"):
            assert piece not in told.replace("+12025550177", "")


def test_event_and_card_hold_every_part() -> None:
    assert JANE.card() == {
        "company": "Acme Plumbing",
        "department": "billing",
        "person": "Dana Reyes",
        "caller": {"name": "Jane Doe", "number": "+12025550177"},
        "reason": "being charged twice",
        "summary": "Paid invoice 4711 in June and was charged again in July. Is upset.",
        "done": "",
        "needed": "a refund of one payment",
        "urgency": "normal",
        "language": "",
        "ref": "K7Q4",
        "facts": {"order number": "4711", "date of birth": "a date of birth [removed]"},
        "tried": ["Max Stone did not answer."],
    }
    assert JANE.event() == JANE.card()


def test_a_briefing_is_made_of_what_the_transfer_knows() -> None:
    facts = (
        ("caller_name", "Jane Doe"),
        ("urgency", "high"),
        ("needed", "a refund"),
        ("done", "checked"),
        ("city", "Boston"),
    )
    tried = (
        Attempt(1, 0, "+12025550113", "max", NOON, Outcome.NO_ANSWER),
        Attempt(1, 1, "+12025550120", None, NOON, Outcome.DECLINED, words="in a meeting until three"),
        Attempt(1, 2, "+12025550111", "dana", NOON),
    )
    known = transfer(facts=facts, attempts=tried)
    told = briefing_of(known, caller=Number("+12025550177"), directory=ACME, person="dana")
    assert told == Briefing(
        "Acme Plumbing", "billing desk", "K7Q4", Number("+12025550177"), "Jane Doe", "Dana Reyes",
        "being charged twice", "Paid twice.", "checked", "a refund", "high", "en-US", (("city", "Boston"),),
        ("Max Stone did not answer.", '+12025550120 declined and said: "in a meeting until three".'),
    )  # fmt: skip


def test_without_a_summary_the_facts_tell() -> None:
    known = transfer(summary="", facts=(("name", "Jane Doe"), ("order_number", "4711"), ("urgency", "high")))
    assert (
        template_summary(known, ACME)
        == "Jane Doe asked for billing desk about being charged twice. Known: order number 4711."
    )
    assert briefing_of(known, caller=None, directory=ACME).summary == template_summary(known, ACME)
    bare = transfer(summary="", reason="")
    assert template_summary(bare, ACME) == "The caller asked for billing desk."
