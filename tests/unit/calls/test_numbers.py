"""Numbers and addresses: what is read, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.numbers import Number, SipUri, TelUri, Unreadable, read_address, read_refer_target


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("+12025550111", None, "+12025550111"),
        ("(202) 555-0111", "US", "+12025550111"),
        ("202\u00a0555\u20110111", "US", "+12025550111"),
        ("020 7946 0123", "GB", "+442079460123"),
        (" +44 20 7946 0123 ", "US", "+442079460123"),
    ],
)
def test_a_number_is_stored_as_e164(text: str, country: str | None, e164: str) -> None:
    assert Number.parse(text, country).e164 == str(Number.parse(text, country)) == e164


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "sales",
        "+15555550123",  # no such area code
        "2025550111x5",
        "+1 202 555 0111 ext. 5",
        "dial +19005550100",
        "+12025550111; also +12025550112",
        "+12025550111\n+12025550112",
        "1-800-FLOWERS",
        "＋１２０２５５５０１１１",
        "+١٢٠٢٥٥٥٠١١١",
        "911",
        "112",
        "611",
        "12025",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        Number.parse(text, "US")


def test_an_emergency_number_is_named_as_such() -> None:
    with pytest.raises(Unreadable, match="emergency"):
        Number.parse("911", "US")


@pytest.mark.parametrize(
    "text", ["anonymous", "", "sip:a@b", "+0123", "12025550111", "+1202555011111111", "+1\n", "+١٢"]
)
def test_the_platforms_other_callers_have_no_number(text: str) -> None:
    assert Number.of_platform(text) is None


def test_the_platforms_possible_numbers_are_taken_as_they_are() -> None:
    number = Number.of_platform("+15555550123")
    assert number == Number("+15555550123")
    assert (number.region, number.kind, number.untextable()) == (None, "unknown", "not a valid number")


@given(st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True))
def test_whatever_the_platform_sends_can_be_asked_everything(e164: str) -> None:
    number = Number.of_platform(e164)
    assert number is not None
    head, tail = number.masked.split("•••")
    assert len(head) + len(tail) < len(e164)
    assert number.spoken
    assert isinstance(number.premium, bool)
    assert number.region is None or len(number.region) in (2, 3)


def test_a_number_is_masked_and_spoken() -> None:
    number = Number("+12025550111")
    assert number.masked == "+1202•••0111"
    assert number.spoken == "2 0 2, 5 5 5, 0 1 1 1"
    assert Number("+442079460123").spoken == "plus 4 4, 2 0, 7 9 4 6, 0 1 2 3"


@pytest.mark.parametrize(
    ("e164", "premium", "untextable"),
    [
        ("+12025550111", False, None),
        ("+18005550100", False, "a toll-free number"),
        ("+19005550100", True, "a premium number"),
        ("+12029761234", True, "a premium number"),
        ("+448451234567", True, "a premium number"),
        ("+442079460123", False, "a landline"),
    ],
)
def test_what_calling_and_texting_a_number_means(e164: str, premium: bool, untextable: str | None) -> None:
    assert (Number(e164).premium, Number(e164).untextable()) == (premium, untextable)


@pytest.mark.parametrize(
    "uri",
    [
        "sip:lee@pbx.acme.example",
        "sips:lee@pbx.acme.example:5061;transport=tls",
        "sip:10.0.0.7",
        "sip:1@[2001:db8::1]:5060",
    ],
)
def test_a_sip_uri_is_kept_as_written(uri: str) -> None:
    assert str(read_address(uri)) == uri


def test_a_sip_uri_has_a_user_and_a_host() -> None:
    uri = SipUri.parse("SIP:Lee@PBX.Acme.Example:5060;transport=tcp")
    assert (uri.user, uri.host, uri.number) == ("Lee", "pbx.acme.example", None)
    assert SipUri.parse("sip:+12025550111@carrier.example").number == Number("+12025550111")


@pytest.mark.parametrize(
    "uri",
    [
        "sip:",
        "sip:lee@",
        "sip:lee@host name",
        "sip:le e@host",
        "sip:lee:secret@host",
        "sip:lee@host:0",
        "sip:lee@host:99999",
        "sip:lee@host?Replaces=1",
        "sip:lee@host\r\nX: y",
        "sip:a@b@c",
        "sip:<lee@host>",
        "https://host",
    ],
)
def test_a_broken_sip_uri_is_refused(uri: str) -> None:
    with pytest.raises(Unreadable):
        SipUri.parse(uri)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("sip:warehouse@pbx.acme.example", "sip:warehouse@pbx.acme.example"),
        ("tel:+12025550120", "tel:+12025550120"),
        ("1001", "sip:1001@pbx.acme.example"),
        ("+1 202 555 0120", "sip:+12025550120@pbx.acme.example"),
    ],
)
def test_a_refer_goes_where_the_file_says(text: str, target: str) -> None:
    assert str(read_refer_target(text, "pbx.acme.example")) == target


@pytest.mark.parametrize("text", ["1001", "tel:2025550120", "tel:+15555550123", "https://pbx.acme.example", "a@b"])
def test_a_refer_without_a_domain_needs_a_whole_uri(text: str) -> None:
    with pytest.raises(Unreadable):
        read_refer_target(text)


def test_a_tel_uri_knows_its_number() -> None:
    assert TelUri.parse("tel:+12025550120").number == Number("+12025550120")
