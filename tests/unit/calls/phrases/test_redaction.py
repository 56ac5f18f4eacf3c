"""What is told to people, texted, put into headers and shown: nothing in it that could be misused, nothing missing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tools.context import Asked
from calls.numbers import Number
from calls.phrases.digits import luhn
from calls.phrases.redaction import Channel, redacted, redacted_fact, shortened, shortened_fact

CHANNELS: tuple[Channel, ...] = ("spoken", "text", "header", "event", "card")
DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def text(said: str) -> str:
    return redacted(said, "text")


def test_what_remains_still_reads() -> None:
    assert (
        text("Her card 4111 1111 1111 1111 was charged twice.") == "Her card a card number [removed] was charged twice."
    )


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("spoken", "paid with a card number, left out here today"),
        ("text", "paid with a card number [removed] today"),
        ("header", "paid with [card number] today"),
        ("event", "paid with a card number [removed] today"),
        ("card", "paid with a card number [removed] today"),
    ],
)
def test_each_channel_names_what_is_gone_in_its_own_way(channel: Channel, said: str) -> None:
    assert redacted("paid with 5555-5555-5555-4444 today", channel) == said


@pytest.mark.parametrize(
    "card",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111, 1111, 1111, 1111",
        "5555 5555 5555 4444",
        "3782 822463 10005",
        "371449635398431",
        "6011 1111 1111 1117",
        "3056 930902 5904",
        "3530 1113 3330 0000",
        "4222222222222",
        "four one one one one one one one one one one one one one one one",
        "four one one one, one one one one, one one one one, one one one one",
        "Four, triple one, one one one one, double one double one, one one one one",
        "forty-one eleven eleven eleven eleven eleven eleven eleven",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "four one one one uh one one one one and one one one one one one one one",
        "4111 1111 1111 1112",  # misheard, and still a card by its shape
        "four, quadruple one, triple one, one one one one one one one one",
        "4111, next 1111, then 1111, finally 1111",
        "4111, next four 1111, then the next four digits 1111, and the last four are 1111",
        "4lll llll llll llll",
        "4OOO OOOO OOOO OOO2",
        "4iii Iiii LLLL ıİll",
        "4111\u00a01111\u202f1111\u30001111",
        "4\u200b1\u200b1\u200b1 11\u00ad11 1\u20601\ufeff1\u200d1 1111",
        "４１１１１１１１１１１１１１１１",
        "٤١١١ ١١١١ ١١١١ ١١١١",
        "𝟒𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 ①①①① ¹¹¹¹",
        "4\ufe0f\u20e31\ufe0f\u20e31\ufe0f\u20e31\ufe0f\u20e3 1111 1111 1111",
        "4111*1111*1111*1111",
        "4111|1111:1111=1111",
        "4111+1111+1111+1111",
        "4111 -> 1111 ... 1111 -- 1111",
        '"4111" (1111) [1111] 1111',
        "4111%201111&nbsp;1111<b>1111",
        "4111, uh, 1111. Okay, got it? 1111. Yes, it's 1111",
        "cuatro uno uno uno, uno uno uno uno, uno uno uno uno, luego uno uno uno uno",
        "four, quintuple one, quintuple one, quintuple one",
        "the first four are 4111 and the next four are 1111 then 1111 and lastly 1111",
    ],
)
def test_a_card_is_known_however_it_is_said(card: str) -> None:
    for channel in CHANNELS:
        said = redacted(f"I paid with {card}, please check.", channel)
        assert said.startswith("I paid with ")
        assert "card number" in said
        assert said.endswith(", please check.")
        assert not any(char.isdigit() for char in said)
        assert "eleven" not in said
        assert "one" not in said.split()


def test_a_card_number_glued_to_letters_is_one() -> None:
    assert text("card4111111111111111exp0927") == "carda card number [removed]exp0927"
    assert text("x4111-1111-1111-1111y") == "xa card number [removed]y"


@pytest.mark.parametrize(
    "said", ["4iii", "4lİı", "ſix Kelvin", "f\u0130ve", "double ſeven", "e\u0301ight 8", "٤ triple ٤"]
)
def test_letters_that_only_look_like_others_are_no_error(said: str) -> None:
    assert text(said) == said


def test_two_secrets_that_overlap_are_both_gone() -> None:
    assert text("the code is 12, 4111 okay 1111 okay 1111 okay 1111") == "the code is a code [removed]"


def test_a_card_with_what_belongs_to_it() -> None:
    said = text("the card is 4111 1111 1111 1111 12 26 and the cvv is 123")
    assert said == "the card is a card number [removed] 12 26 and the cvv is a code [removed]"
    assert "4111" not in text("my visa is 4111 1111 1111 111")  # a digit too few


@pytest.mark.parametrize(
    "said",
    [
        "123-45-6789",
        "My social is 123 45 6789.",
        "my social security number is 123456789",
        "SSN: 123-45-6789",
        "ssn one two three, four five, six seven eight nine",
        "The last four of my social are 6789",
        "123456789 is my social",
        "SSN123456789",
    ],
)
def test_a_social_security_number(said: str) -> None:
    assert "a social security number [removed]" in text(said)
    assert "678" not in text(said)
    assert "seven" not in text(said)


@pytest.mark.parametrize(
    "said",
    [
        "DE89 3704 0044 0532 0130 00",
        "Please refund to DE89370400440532013000 today",
        "gb82 west 1234 5698 7654 32",
        "NO93 8601 1117 947",
        "My bank account is 000123456789",
        "routing number 021000021",
        "sort code 12-34-56",
        "checking account number is one two three four five six seven eight",
        "acct: 12345678",
        "IBAN is D E eight nine three seven zero four zero zero four four",
    ],
)
def test_a_bank_account(said: str) -> None:
    assert "a bank account number [removed]" in text(said)
    assert sum(char.isdigit() for char in text(said)) == 0


def test_after_an_iban_the_sentence_goes_on() -> None:
    assert text("to GB82WEST12345698765432 by Friday") == "to a bank account number [removed] by Friday"
    assert text("to DE89 3704 0044 0532 0130 00 or cash") == "to a bank account number [removed] or cash"


@pytest.mark.parametrize(
    "said",
    [
        "The code is 482913.",
        "code: 482 913",
        "my one-time password is 4829",
        "the code I got by text is four eight two nine one three",
        "482913 is the verification code",
        "my PIN is 1234",
        "the security code on it is 123",
        "It says G-482913, no wait, the code is G-482913",
        "G-482913 is your code",
        "482913 is your Acme Bank verification code",
        "use 482913 to log in",
        "Enter 482 913 to sign in",
        "three digits on the back are 123",
        "the 3 digits on the back of my card are one two three",
        "OTP 482913",
        "the security number is 123",
        "the number on the back is 123",
        "on the back of my card it says 123",
        "482913 is what they texted me",
        "I log in with 482913",
    ],
)
def test_a_one_time_code(said: str) -> None:
    assert "a code [removed]" in text(said)
    assert not set(text(said).replace(",", " ").split()) & {"482913", "482", "913", "123", "1234"}


@pytest.mark.parametrize(
    "said",
    [
        "born on March 12, 1985",
        "My date of birth is 03/12/1985",
        "DOB 1985-03-12",
        "dob: 1985-03-12T00:00:00Z",
        "date of birth? It's the twelfth of March nineteen eighty-five",
        "Her birthday is March 12th",
        "born 12 March 1985",
        "birth date 12.3.85",
        "dob 19850312",
        "March 12, 1985 is my date of birth",
    ],
)
def test_a_date_of_birth(said: str) -> None:
    assert "a date of birth [removed]" in text(said)
    assert not any(char.isdigit() for char in text(said))
    assert "march" not in text(said).lower()


@pytest.mark.parametrize(
    "said",
    [
        "Call me on +12025550177.",
        "Call me on +1 (202) 555-0177 or 202-555-0178.",
        "202 555 0177, 202 555 0178",
        "My number is two oh two, five five five, oh one seven seven",
        "+49 151 12345678 and +44 20 7183 8750",
        "plus 4 9, 1 5 1, 1 2 3 4 5 6 7 8",
        "00 49 151 12345678",
        "sip:4915112345678@pbx.acme.example",
        "I got a code by text. Call +4915112345678.",
        "order 4711, order number 100200300, invoice INV-2026-000481",
        "order one two three four five six seven eight nine",
        "It cost $1,299.00, then 42.50 and 1 500 kr.",
        "between 3:30 and 5 pm on 12/03/2026",
        "on March 12, 2026 at nine thirty",
        "zip code 20001, area code 202, error code 4045, promo code 2024",
        "The boiler shows code 128.",
        "They texted me a code but order 48291 has not come.",
        "account ending 1 0 0 1",
        "customer account number 12345678",
        "Flat 12, 1600 Pennsylvania Avenue, DC 20500",
        "UPS 1Z999AA10123456784",
        "two hundred and forty liters, twenty one degrees",
        "She has one card and three kids born in Ohio.",
        "Ring +49 151 12345678, then 202 555 0177, and next 4711.",
        "+390612345678, +354 555 1234, +4915112345678",
        "20001 is my zip code, 2040 is the door code, 20001 is my Zip code",
        "Use order 482913 to look it up, use 4711 as the reference, use 1200 to log the visit",
        "the first two 45 minute visits, the last three 2026 invoices, the next four 1500 liter tanks",
        "10l of oil at 1.80, flat 1O, lot Ill, 2 O rings and 4 l more",
        "the number on the back of the boiler is 482913",
    ],
)
def test_what_the_person_needs_stays(said: str) -> None:
    assert [redacted(said, channel) for channel in CHANNELS] == [said] * len(CHANNELS)


def test_a_card_behind_a_plus_is_no_phone_number() -> None:
    for card in ("+4111111111111111", "+4111 1111 1111 1111", "plus 4111111111111111", "+378282246310005"):
        assert not any(char.isdigit() for char in text(f"Charge {card}, please."))


@pytest.mark.parametrize("before", range(560, 600))
def test_what_is_cut_short_keeps_no_part_of_a_secret(before: int) -> None:
    said = f"{'x' * before} 4111 1111 1111 1111 and 482913 is my code. {'y' * 600}"
    cut = shortened(said, 600)
    assert len(cut) <= 600
    assert not any(char.isdigit() for char in cut)
    assert shortened("4111 1111 1111 1111", 600) == "4111 1111 1111 1111"
    assert not any(char.isdigit() for char in shortened_fact("ssn", f"123456789 {'x' * 300}", 300))


def test_an_argument_of_a_tool_is_cut_after_its_secrets_are_out() -> None:
    asked = Asked("connect", {"summary": f"{'x' * 589} 4111 1111 1111 1111"})
    assert asked.text("summary") == f"{'x' * 589} a card num"


def test_the_name_of_a_fact_counts_as_words_before_it() -> None:
    assert redacted_fact("date_of_birth", "1985-03-12", "card") == "a date of birth [removed]"
    assert redacted_fact("ssn", "123456789", "card") == "a social security number [removed]"
    assert redacted_fact("cardNumber", "4111111111111111", "card") == "a card number [removed]"
    assert redacted_fact("otp", "482913", "header") == "[code]"
    assert redacted_fact("order_number", "100200300", "card") == "100200300"
    assert redacted_fact("visit", "1985-03-12", "card") == "1985-03-12"


ISSUED = st.sampled_from(
    [("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("65", 16), ("36", 14)]
)


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A number such as a card has."""
    prefix, length = draw(ISSUED)
    body = prefix + draw(st.text("0123456789", min_size=length - len(prefix) - 1, max_size=length - len(prefix) - 1))
    return next(body + check for check in "0123456789" if luhn(body + check))


@st.composite
def written(draw: st.DrawFn) -> str:
    """A card number, with separators anywhere, in figures or in words."""
    card = draw(cards())
    if draw(st.booleans()):
        return draw(st.sampled_from([" ", ", ", "-"])).join(DIGIT_WORDS[int(digit)] for digit in card)
    cut = draw(st.sets(st.integers(1, len(card) - 1), max_size=5))
    separator = draw(st.sampled_from([" ", "-", ".", " - "]))
    return "".join(separator + digit if n in cut else digit for n, digit in enumerate(card))


@given(written(), st.sampled_from(CHANNELS))
def test_no_card_passes_any_channel(card: str, channel: Channel) -> None:
    said = redacted(f"Charge it to {card}; thanks.", channel)
    assert said.startswith("Charge it to ")
    assert said.endswith("; thanks.")
    assert not any(char.isdigit() for char in said)
    assert not set(said.replace(",", " ").replace("-", " ").split()) & set(DIGIT_WORDS)


@given(st.text("0123456789 ,.-/+$abcode isSN:", max_size=120) | st.text(max_size=120), st.sampled_from(CHANNELS))
def test_what_was_redacted_once_stays_as_it_is(said: str, channel: Channel) -> None:
    once = redacted(said, channel)
    assert redacted(once, channel) == once


@given(st.integers(2_000_000, 9_999_999), st.sampled_from(["202", "415", "646", "512", "608"]))
def test_a_phone_number_in_any_dress_stays(local: int, area: str) -> None:
    number = Number(f"+1{area}{local}")
    exchange, rest = str(local)[:3], str(local)[3:]
    said = " ".join(DIGIT_WORDS[int(digit)] for digit in str(number)[2:])
    figures = [str(number), str(number)[2:], f"({area}) {exchange}-{rest}", f"{area}.{exchange}.{rest}"]
    dresses = [*figures, number.spoken, said]
    for dress in dresses:
        assert text(f"Ring back on {dress}, please.") == f"Ring back on {dress}, please."


@given(st.text("0123456789", min_size=1, max_size=12))
def test_an_order_number_of_ordinary_length_stays(digits: str) -> None:
    assert text(f"It is about order number {digits}.") == f"It is about order number {digits}."


def test_long_and_nasty_texts_take_no_time() -> None:
    nasty = ["code " * 2000, "born " * 2000, "1 " * 5000, "DE89 " * 2000, "one " * 3000, "is the " * 2000 + "7"]
    began = time.perf_counter()
    for said in nasty:
        text(said)
    assert time.perf_counter() - began < 5.0
