"""Phone numbers and SIP addresses. Text becomes a value here, or is refused with a reason."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, shortnumberinfo

KINDS = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
TEXTABLE = {"mobile", "fixed_or_mobile", "voip"}
UNTEXTABLE = {"unknown": "not a valid number", "fixed": "a landline", "toll_free": "a toll-free number"}

# North America sells premium calls on exchange 976 of ordinary area codes; libphonenumber calls them fixed lines.
_PREMIUM_EXCHANGE = re.compile(r"\+1\d{3}976\d{4}")
_E164 = re.compile(r"\+[1-9]\d{1,14}")
# Digits and the marks people group them with; "\u00a0" and the dashes come with numbers pasted from web pages.
_WRITTEN = re.compile("\\+?[0-9 ().\\-/\u00a0\u2010\u2011\u2013]{2,31}")
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:.]+\]",
    re.IGNORECASE,
)
_SIP = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^@]*)@)?(?P<host>\[[^\]]*\]|[^;:?]*)(?::(?P<port>[^;?]*))?(?P<rest>.*)",
    re.IGNORECASE,
)
_SIP_USER = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]+")
_SIP_PARAMETERS = re.compile(r"(?:;[A-Za-z0-9\-_.!%*+`'~\[\]/:&$=]+)*")


class Unreadable(ValueError):
    """Text that is no value of ours. Its message says what would be right."""


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number. `e164` is "+" and at most fifteen digits."""

    e164: str

    @classmethod
    def parse(cls, text: str, country: str | None = None) -> Self:
        """Read a number that exists in its country's numbering plan, national forms with `country` (ISO 3166).

        Raises Unreadable for anything else: invented numbers, emergency and short numbers, extensions, prose.
        """
        written = text.strip()
        if not _WRITTEN.fullmatch(written):
            raise Unreadable("a phone number such as +12025550111, and nothing else")
        _refuse_short(written, country)
        try:
            number = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException:
            raise Unreadable("a phone number with its country code, such as +12025550111") from None
        if not phonenumbers.is_valid_number(number):
            raise Unreadable("a phone number that exists; this one is in no numbering plan")
        return cls(phonenumbers.format_number(number, PhoneNumberFormat.E164))

    @classmethod
    def of_platform(cls, text: str) -> Self | None:
        """The platform's `from` and `to`: E.164 by its looks, or None ("anonymous", a SIP URI, nothing)."""
        return cls(text) if _E164.fullmatch(text) and text.isascii() else None

    def __str__(self) -> str:
        return self.e164

    @property
    def masked(self) -> str:
        """For logs: "+1202•••0111"."""
        head = self.e164[: max(2, min(5, len(self.e164) - 7))]
        return f"{head}•••{self.e164[-4:] if len(self.e164) > 8 else ''}"

    @property
    def written(self) -> str:
        """As people write it: "+1 202-555-0111"."""
        return phonenumbers.format_number(self._parsed(), PhoneNumberFormat.INTERNATIONAL)

    @property
    def spoken(self) -> str:
        """Digit by digit in the groups people use: "2 0 2, 5 5 5, 0 1 1 1"; other countries begin with "plus"."""
        number = self._parsed()
        style = PhoneNumberFormat.NATIONAL if number.country_code == 1 else PhoneNumberFormat.INTERNATIONAL
        groups = re.findall(r"\d+", phonenumbers.format_number(number, style))
        words = ", ".join(" ".join(group) for group in groups)
        return words if number.country_code == 1 else f"plus {words}"

    @property
    def region(self) -> str | None:
        """ISO 3166 country the number belongs to; None for one that no plan knows."""
        region: str | None = phonenumbers.region_code_for_number(self._parsed())
        return region

    @property
    def kind(self) -> str:
        """One of KINDS' words, or "unknown"."""
        return _kind(self)

    @property
    def premium(self) -> bool:
        """Whether the one who is called earns from the call (premium rate and shared cost)."""
        return self.kind in {"premium", "shared_cost"}

    def untextable(self) -> str | None:
        """Why no text message can reach this number, or None when one can."""
        kind = self.kind
        return None if kind in TEXTABLE else UNTEXTABLE.get(kind, f"a {kind.replace('_', ' ')} number")

    def _parsed(self) -> phonenumbers.PhoneNumber:
        try:
            return phonenumbers.parse(self.e164, None)
        except phonenumbers.NumberParseException:  # E.164 by its looks, of no country: +999…
            return phonenumbers.PhoneNumber(country_code=0, national_number=int(self.e164[1:]))


@lru_cache(maxsize=4096)  # a tenth of a millisecond each, and the same people are rung all day
def _kind(number: Number) -> str:
    if _PREMIUM_EXCHANGE.fullmatch(number.e164):
        return "premium"
    return KINDS.get(phonenumbers.number_type(number._parsed()), "unknown")


def _refuse_short(written: str, country: str | None) -> None:
    digits = re.sub(r"\D", "", written)
    if country is None or written.startswith("+") or len(digits) > 6:
        return
    if shortnumberinfo.is_emergency_number(digits, country):
        raise Unreadable("an ordinary number; emergency numbers are never dialled")
    raise Unreadable("an ordinary number with its area code; short numbers are never dialled")


@dataclass(frozen=True, slots=True)
class SipUri:
    """A SIP address, kept as it was written: "sip:lee@pbx.acme.example"."""

    uri: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a sip: or sips: URI. Raises Unreadable, also when it carries a password."""
        uri = text.strip()
        found = _SIP.fullmatch(uri)
        if found is None or not _HOST.fullmatch(found["host"]):
            raise Unreadable("a SIP URI such as sip:lee@pbx.acme.example")
        user, port = found["user"], found["port"]
        if user is not None and ":" in user:
            raise Unreadable("a SIP URI without a password in it")
        if user is not None and not _SIP_USER.fullmatch(user):
            raise Unreadable("a SIP URI whose user part has no spaces or quotes")
        if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise Unreadable("a SIP URI with a port between 1 and 65535")
        if not _SIP_PARAMETERS.fullmatch(found["rest"]):
            raise Unreadable("a SIP URI without ?headers; give headers beside it")
        return cls(uri)

    def __str__(self) -> str:
        return self.uri

    @property
    def user(self) -> str:
        """The part before "@", or "" for a bare host."""
        return self._part("user")

    @property
    def host(self) -> str:
        """The host, in lower case, without the port."""
        return self._part("host").lower()

    @property
    def number(self) -> Number | None:
        """The telephone number a gateway would dial for this URI, when its user part is one."""
        return Number.of_platform(self.user.split(";")[0])

    def _part(self, name: str) -> str:
        found = _SIP.fullmatch(self.uri)
        return (found[name] or "") if found else ""


@dataclass(frozen=True, slots=True)
class TelUri:
    """A tel: address, kept as it was written. Only a REFER can go there."""

    uri: str
    number: Number

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "tel:+12025550120". Raises Unreadable."""
        uri = text.strip()
        scheme, _, digits = uri.partition(":")
        if scheme.lower() != "tel" or not digits.startswith("+"):
            raise Unreadable("a tel: URI with a full number, such as tel:+12025550120")
        return cls(uri, Number.parse(digits))

    def __str__(self) -> str:
        return self.uri


Address = Number | SipUri
ReferTarget = SipUri | TelUri


def is_uri(text: str, *schemes: str) -> bool:
    """Whether `text` starts with one of the URI schemes."""
    return text.strip().lower().startswith(tuple(f"{scheme}:" for scheme in schemes))


def read_address(text: str, country: str | None = None) -> Address:
    """Read what `connect` can dial: a number (national forms with `country`) or a SIP URI. Raises Unreadable."""
    return SipUri.parse(text) if is_uri(text, "sip", "sips") else Number.parse(text, country)


def read_refer_target(text: str, sip_domain: str | None = None) -> ReferTarget:
    """Read where a REFER goes: a sip: or tel: URI as written, or a user part or number at `sip_domain`.

    Raises Unreadable.
    """
    if is_uri(text, "sip", "sips"):
        return SipUri.parse(text)
    if is_uri(text, "tel"):
        return TelUri.parse(text)
    if sip_domain is None or "@" in text or ":" in text:
        raise Unreadable("a sip: or tel: URI, or an extension together with sip_domain at the top of the file")
    user = Number.parse(text).e164 if text.strip().startswith("+") else text.strip()
    return SipUri.parse(f"sip:{user}@{sip_domain}")


def number_of(address: Address | ReferTarget) -> Number | None:
    """The telephone number that dialling this address would reach, if it shows one."""
    return address if isinstance(address, Number) else address.number
