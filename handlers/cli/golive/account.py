"""What the doctor looks at on the platform's side: credentials and scopes, numbers, caller IDs, and the clock."""

from collections.abc import Iterator
from contextlib import closing

from gateways.errors import GatewayError, Unavailable
from gateways.signalwire.calls import Refused
from gateways.signalwire.error_help import what_to_do
from gateways.signalwire.numbers import OwnedNumber, Platform, Scope
from handlers.cli.golive.checks import Check, Finding, Subject
from handlers.cli.golive.pointing import Pointing, missing_for_rest, where
from handlers.cli.reading import lines_of
from handlers.settings import Settings

_NEEDED_FOR: dict[Scope, str] = {
    "Numbers": "`switchboard numbers` and `switchboard point`",
    "Voice": "consults, callbacks and `switchboard call-me`",
    "Messaging": "texts (SMS_PROVIDER=signalwire)",
}
_CLOCKS_APART = 30.0  # seconds; tokens and signatures bear no more


def credentials(subject: Subject) -> list[Finding]:
    """Whether the platform takes them, and for which of the scopes that are needed."""
    known, name = subject.settings, "credentials"
    if missing := missing_for_rest(known):
        do = "The dashboard shows them under API Credentials. Without them nobody is rung for a consult."
        return [Finding(name, "problem", f"{', '.join(missing)} not set", do)]
    wanted: list[Scope] = ["Numbers", "Voice"]
    if known.sms_provider == "signalwire":
        wanted.append("Messaging")
    refused: dict[Scope, Refused] = {}
    with closing(_platform(known)) as platform:
        for scope in wanted:
            try:
                platform.check_scope(scope)
            except Refused as fault:
                refused[scope] = fault
            except Unavailable as fault:  # no answer at all, or not just now: the next question would fare no better
                return [Finding(name, "problem", _short(fault), what_to_do(fault, api=known.signalwire_api))]
    if len(refused) == len(wanted):
        first = refused[wanted[0]]
        return [Finding(name, "problem", _short(first), what_to_do(first, api=known.signalwire_api))]
    return [_scope(scope, refused.get(scope), known) for scope in wanted]


def _scope(scope: Scope, fault: Refused | None, known: Settings) -> Finding:
    name = f"scope {scope}"
    if fault is None:
        return Finding(name, "ok", f"the token has it, for {_NEEDED_FOR[scope]}")
    if fault.status in (401, 403):
        do = f"Give the token the scope {scope} (dashboard, API Credentials): it is for {_NEEDED_FOR[scope]}."
        return Finding(name, "problem", f"the token lacks it (HTTP {fault.status})", do)
    return Finding(name, "problem", _short(fault), what_to_do(fault, api=known.signalwire_api, scope=scope))


def numbers(subject: Subject) -> list[Finding]:
    """Every line of the directory: is it ours, and does it bring its callers here?"""
    known, name = subject.settings, "numbers"
    if cannot := _cannot(subject, name):
        return [cannot]
    with closing(_platform(known)) as platform:
        try:
            owned = {one.number: one for one in platform.numbers()}
        except GatewayError as fault:
            return [_unasked(name, fault, known, "Numbers")]
    found = [_line(line, owned.get(line), known) for line in lines_of(subject.directories)]
    return [*found, *_strays(owned, subject)]


def _line(line: str, owned: OwnedNumber | None, known: Settings) -> Finding:
    name = f"line {line}"
    if owned is None:
        do = "Buy it in the dashboard (Phone Numbers), or take it out of `lines:`; it may be another project's."
        return Finding(name, "problem", "no number of this SignalWire project", do)
    pointing = Pointing.of(owned, known)
    if not pointing.here:
        return Finding(name, "problem", f"its calls go elsewhere: {where(owned)}", f"`switchboard point {line}`")
    if not pointing.password:
        says = "it points here with another password, so its callers are not answered"
        again = f"`switchboard point {line}{f' --agent {pointing.agent}' if pointing.agent else ''}`"
        return Finding(name, "problem", says, f"{again} gives it the one of today.")
    return Finding(name, "ok", f"points here{f', at {pointing.agent}' if pointing.agent else ''}")


def _strays(owned: dict[str, OwnedNumber], subject: Subject) -> Iterator[Finding]:
    """Numbers that point here and are no lines: they are answered, and nothing of theirs is in the directory."""
    for number, one in owned.items():
        if number not in lines_of(subject.directories) and Pointing.of(one, subject.settings).here:
            do = "Add it under `lines:` to give it an agent of its own, or to show it as caller ID."
            yield Finding(f"number {number}", "ok", "points here and is no line of the directory", do)


def caller_ids(subject: Subject) -> list[Finding]:
    """What we show when we ring somebody: the platform takes a number of the project's, or one that was verified."""
    known, name = subject.settings, "caller IDs"
    if cannot := _cannot(subject, name):
        return [cannot]
    with closing(_platform(known)) as platform:
        try:
            owned = {one.number for one in platform.numbers()}
            lost = [line for line in lines_of(subject.directories) if line not in owned]
            refused = sorted(set(lost) - platform.verified_caller_ids()) if lost else []
        except GatewayError as fault:
            return [_unasked(name, fault, known, "Voice")]
    if refused:
        do = "Buy them, verify them (dashboard, Phone Numbers, Verified Caller IDs), or take them out of `lines:`."
        return [Finding(name, "problem", f"neither owned nor verified: {', '.join(refused)}", do)]
    passing_on = [
        one.name for known in subject.directories for one in known.departments.values() if one.caller_id == "caller"
    ]
    if passing_on:
        says = f"{', '.join(passing_on)} show the caller's own number, which carriers may not pass on"
        return [Finding(name, "cannot tell", says, "Try it with a call; `caller_id: line` always works.")]
    return [Finding(name, "ok", "every line may be shown")]


def clock(subject: Subject) -> list[Finding]:
    """Ours beside the platform's."""
    name, api = "clock", subject.settings.signalwire_api
    if not api:
        return [Finding(name, "cannot tell", "no platform to compare it with", "Set SIGNALWIRE_SPACE.")]
    with closing(_platform(subject.settings)) as platform:
        try:
            theirs = platform.time()
        except Unavailable as fault:
            return [Finding(name, "cannot tell", str(fault), "See credentials.")]
    if theirs is None:
        return [Finding(name, "cannot tell", "the platform does not say what time it is")]
    apart = (subject.clock.now() - theirs).total_seconds()
    if abs(apart) > _CLOCKS_APART:
        says = f"{abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} the platform's"
        return [
            Finding(
                name, "problem", says, "Let this machine take its time from the network (chrony, systemd-timesyncd)."
            )
        ]
    return [Finding(name, "ok", f"within {_CLOCKS_APART:.0f} s of the platform's")]


def _platform(known: Settings) -> Platform:
    return Platform(known.signalwire_api, known.signalwire_project_id, known.signalwire_api_token)


def _cannot(subject: Subject, name: str) -> Finding | None:
    if missing_for_rest(subject.settings):
        return Finding(name, "cannot tell", "without credentials for SignalWire", "Set SIGNALWIRE_… first.")
    if not subject.directories:
        return Finding(name, "cannot tell", "without a directory", "Put the directory right first.")
    return None


def _unasked(name: str, fault: GatewayError, known: Settings, scope: Scope) -> Finding:
    if isinstance(fault, Unavailable):
        return Finding(name, "cannot tell", str(fault), "See credentials.")
    return Finding(name, "cannot tell", _short(fault), what_to_do(fault, api=known.signalwire_api, scope=scope))


def _short(fault: GatewayError) -> str:
    return f"SignalWire refuses ({fault})" if isinstance(fault, Refused) else str(fault)


THEIRS: dict[str, Check] = {
    "credentials": credentials,
    "numbers": numbers,
    "caller IDs": caller_ids,
    "clock": clock,
}
